-- How many of the users who were first seen in a week came back in each week after it. A user who was seen before `since` is not new.
WITH weeks AS (
  SELECT DISTINCT tool, user_key, CAST(date_trunc('week', started) AS DATE) AS week
  FROM spans_until WHERE type = 'run' AND user_key IS NOT NULL
),
firsts AS (SELECT tool, user_key, min(week) AS first_week FROM weeks GROUP BY ALL),
cohorts AS (
  SELECT tool, first_week, count(*) AS cohort
  FROM firsts WHERE since() IS NULL OR first_week >= date_trunc('week', since()) GROUP BY ALL
),
returned AS (
  SELECT tool, first_week, CAST(date_diff('day', first_week, week) / 7 AS INTEGER) AS weeks_later, count(*) AS users
  FROM weeks JOIN firsts USING (tool, user_key) GROUP BY ALL
),
cells AS (
  SELECT tool, first_week, cohort, CAST(unnest(range(date_diff('day', first_week, last_week) // 7 + 1)) AS INTEGER) AS weeks_later
  FROM cohorts CROSS JOIN (SELECT max(week) AS last_week FROM weeks)
)
SELECT
  tool, first_week, weeks_later, cohort,
  coalesce(users, 0) AS users,
  round(100.0 * coalesce(users, 0) / cohort, 1) AS percent
FROM cells LEFT JOIN returned USING (tool, first_week, weeks_later) ORDER BY tool, first_week, weeks_later;
