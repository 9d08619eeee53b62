-- How many of the users who were first seen in a week came back in each week after it.
WITH weeks AS (SELECT DISTINCT tool, user_key, week FROM cq_runs WHERE user_key IS NOT NULL),
firsts AS (SELECT tool, user_key, min(week) AS first_week FROM weeks GROUP BY tool, user_key),
cohorts AS (SELECT tool, first_week, count(*) AS cohort FROM firsts GROUP BY tool, first_week),
returned AS (
  SELECT tool, first_week, (week - first_week) / 7 AS weeks_later, count(*) AS users
  FROM weeks JOIN firsts USING (tool, user_key) GROUP BY 1, 2, 3
),
cells AS (
  SELECT tool, first_week, cohort, weeks_later
  FROM cohorts, generate_series(0, ((SELECT max(week) FROM weeks) - first_week) / 7) AS weeks_later
)
SELECT
  tool, first_week, weeks_later, cohort,
  coalesce(users, 0) AS users,
  round(100.0 * coalesce(users, 0) / cohort, 1) AS percent
FROM cells LEFT JOIN returned USING (tool, first_week, weeks_later) ORDER BY tool, first_week, weeks_later;
