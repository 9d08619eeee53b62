-- How often each operation ran, how often it succeeded, and how long it took.
SELECT
  tool,
  coalesce(operation, '') AS operation,
  count(*) AS runs,
  round(100.0 * count(*) FILTER (success) / count(*), 1) AS success_percent,
  count(*) FILTER (aborted) AS killed,
  round(quantile_cont(duration_ms, 0.5)) AS p50_ms,
  round(quantile_cont(duration_ms, 0.95)) AS p95_ms
FROM spans WHERE type = 'operation' GROUP BY ALL ORDER BY tool, runs DESC, operation;
