SELECT version, count(DISTINCT cookie_id) AS users, count(DISTINCT id) AS invocations
FROM run GROUP BY version ORDER BY users DESC, invocations DESC, version;
