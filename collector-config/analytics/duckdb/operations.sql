-- How often each operation ran, how often it succeeded, and how long it took. Of a tool that samples, each that is recorded counts
-- for those that are not; those that an interval left out have succeeded.
SELECT
  tool,
  coalesce(operation, '') AS operation,
  CAST(round(sum(weight * (1 + left_out))) AS HUGEINT) AS runs,
  round(100.0 * sum(weight * (CAST(success AS BIGINT) + left_out)) / sum(weight * (1 + left_out)), 1) AS success_percent,
  CAST(round(coalesce(sum(weight) FILTER (aborted), 0)) AS BIGINT) AS killed,
  round(quantile_cont(duration_ms, 0.5)) AS p50_ms,
  round(quantile_cont(duration_ms, 0.95)) AS p95_ms
FROM spans WHERE type = 'operation' GROUP BY ALL ORDER BY tool, runs DESC, operation;
