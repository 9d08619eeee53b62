-- `fetch` is quoted because it is a word of SQL. An operation is an event `fetch` for each provider, `policy_run` for each policy, or else
-- `operation`.
WITH all_operations AS (
  SELECT DISTINCT ON (id) id, app, operation, success, duration_ms FROM operation
  UNION ALL
  SELECT * FROM (
    SELECT DISTINCT ON (fetch_id) fetch_id AS id, app, operation, success, duration_ms FROM "fetch"
  ) AS fetches
  UNION ALL
  SELECT DISTINCT ON (id) id, app, operation, success, duration_ms FROM policy_run
)
SELECT
  app AS tool,
  coalesce(operation, '') AS operation,
  count(*) AS runs,
  round(100.0 * count(*) FILTER (WHERE success) / count(*), 1) AS success_percent,
  round(percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)) AS p50_ms,
  round(percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms)) AS p95_ms
FROM all_operations GROUP BY app, operation ORDER BY tool, runs DESC, operation;
