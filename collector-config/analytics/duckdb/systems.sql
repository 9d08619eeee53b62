-- On which systems and runtimes, and in which countries.
WITH counted AS (
  SELECT
    tool, coalesce(os, '') AS os, coalesce(runtime, '') AS runtime, coalesce(country, '') AS country,
    count(DISTINCT user_key) AS users, sum(1 + left_out) AS invocations
  FROM spans WHERE type = 'run' GROUP BY ALL
)
SELECT * FROM counted
QUALIFY row_number() OVER (PARTITION BY tool ORDER BY users DESC, invocations DESC, os, runtime, country) <= 50
ORDER BY tool, users DESC, invocations DESC, os, runtime, country;
