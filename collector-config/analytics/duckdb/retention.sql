-- Of the users first seen in a week, how many came in each week that followed.
WITH weeks AS (
  SELECT DISTINCT installation, CAST(date_trunc('week', started) AS DATE) AS week
  FROM spans WHERE type = 'run' AND NOT ci AND installation IS NOT NULL
),
cohorts AS (SELECT installation, min(week) AS first_week FROM weeks GROUP BY installation)
SELECT first_week, CAST(date_diff('day', first_week, week) / 7 AS INTEGER) AS weeks_later, count(*) AS users
FROM weeks JOIN cohorts USING (installation) GROUP BY ALL ORDER BY first_week, weeks_later;
