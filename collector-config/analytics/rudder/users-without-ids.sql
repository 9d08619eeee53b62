-- For tools that send no id. The columns exist once such a tool has sent a run.
WITH runs AS (
  SELECT DISTINCT ON (id)
    app AS tool, "timestamp" AT TIME ZONE 'UTC' AS started, first_day, first_week, first_month, age,
    coalesce((to_jsonb(run) ->> 'sample_left_out')::bigint, 0) AS left_out
  FROM run WHERE first_day IS NOT NULL AND env_ci IS NOT TRUE
),
marks AS (
  SELECT 'day' AS period, started::date AS begins, tool, left_out, first_day AS counted, first_week, age FROM runs
  UNION ALL
  SELECT 'week', date_trunc('week', started)::date, tool, left_out, first_week, first_week, age FROM runs
  UNION ALL
  SELECT 'month', date_trunc('month', started)::date, tool, left_out, first_month, first_week, age FROM runs
)
SELECT
  period, begins, tool,
  sum(1 + left_out) AS invocations,
  count(*) FILTER (WHERE counted) AS users,
  count(*) FILTER (WHERE first_week AND age = 'new') AS new_users
FROM marks GROUP BY period, begins, tool ORDER BY tool, period, begins;
