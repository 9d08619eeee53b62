-- The same by week (from Monday). A user of several days counts once.
SELECT
  CAST(date_trunc('week', started) AS DATE) AS week,
  count(*) AS invocations,
  count(DISTINCT installation) FILTER (NOT ci) AS users,
  count(*) FILTER (ci) AS ci_invocations,
  count(DISTINCT ci_hash) FILTER (ci) AS ci_sources
FROM spans WHERE type = 'run' GROUP BY week ORDER BY week;
