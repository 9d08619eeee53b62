-- Which versions are in use, by users and by invocations.
SELECT version, count(DISTINCT installation) FILTER (NOT ci) AS users, count(*) AS invocations, max(CAST(started AS DATE)) AS last_seen
FROM spans WHERE type = 'run' GROUP BY version ORDER BY users DESC, invocations DESC, version;
