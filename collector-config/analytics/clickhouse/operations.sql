-- How often each operation ran, how often it succeeded, and how long it took.
SELECT
  tool,
  operation,
  count() AS runs,
  round(100 * countIf(success) / count(), 1) AS success_percent,
  countIf(aborted) AS killed,
  round(quantileExactInclusive(0.5)(duration_ms)) AS p50_ms,
  round(quantileExactInclusive(0.95)(duration_ms)) AS p95_ms
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'operation' GROUP BY tool, operation ORDER BY tool, runs DESC, operation;
