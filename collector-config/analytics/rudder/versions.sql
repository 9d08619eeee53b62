-- Which versions are in use, by users and by invocations.
SELECT
  tool, coalesce(version, '') AS version, count(DISTINCT user_key) AS users, sum(1 + left_out) AS invocations, max(day) AS last_seen
FROM cq_runs GROUP BY tool, version ORDER BY tool, users DESC, invocations DESC, version;
