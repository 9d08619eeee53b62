-- Users of tools that send no id, by day, week (from Monday) and month: runs that say that they are the first in it.
WITH runs AS (SELECT * FROM spans WHERE type = 'run' AND NOT ci AND first_day IN ('true', 'false')),
marks AS (
  SELECT 'day' AS period, CAST(started AS DATE) AS begins, tool, left_out, first_day = 'true' AS counted, first_week, age FROM runs
  UNION ALL
  SELECT 'week', CAST(date_trunc('week', started) AS DATE), tool, left_out, first_week = 'true', first_week, age FROM runs
  UNION ALL
  SELECT 'month', CAST(date_trunc('month', started) AS DATE), tool, left_out, first_month = 'true', first_week, age FROM runs
)
SELECT
  period, begins, tool,
  sum(1 + left_out) AS invocations,
  count(*) FILTER (counted) AS users,
  -- The first run of an installation is the first of a week, too.
  count(*) FILTER (first_week = 'true' AND age = 'new') AS new_users
FROM marks GROUP BY ALL ORDER BY tool, period, begins;
