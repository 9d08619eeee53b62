-- Which versions are in use, by users and by invocations.
SELECT
  tool,
  coalesce(version, '') AS version,
  count(DISTINCT user_key) AS users,
  sum(1 + left_out) AS invocations,
  max(CAST(started AS DATE)) AS last_seen
FROM spans WHERE type = 'run' GROUP BY ALL ORDER BY tool, users DESC, invocations DESC, version;
