WITH weeks AS (
  SELECT DISTINCT cookie_id, date_trunc('week', "timestamp")::date AS week FROM run WHERE cookie_id IS NOT NULL
),
cohorts AS (SELECT cookie_id, min(week) AS first_week FROM weeks GROUP BY cookie_id)
SELECT first_week, (week - first_week) / 7 AS weeks_later, count(*) AS users
FROM weeks JOIN cohorts USING (cookie_id) GROUP BY 1, 2 ORDER BY 1, 2;
