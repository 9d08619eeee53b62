-- On which systems and runtimes, and in which countries.
SELECT
  coalesce(os, '') AS os, coalesce(runtime, '') AS runtime, coalesce(country, '') AS country,
  count(DISTINCT installation) FILTER (NOT ci) AS users, count(*) AS invocations
FROM spans WHERE type = 'run' GROUP BY ALL ORDER BY users DESC, invocations DESC, os, runtime, country LIMIT 50;
