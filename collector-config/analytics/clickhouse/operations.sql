-- How often each operation ran, how often it succeeded, and how long it took. Of a tool that samples, each that is recorded counts
-- for those that are not; those that an interval left out have succeeded.
SELECT
  tool,
  operation,
  round(sum(weight * (1 + left_out))) AS runs,
  round(100 * sum(weight * (success + left_out)) / sum(weight * (1 + left_out)), 1) AS success_percent,
  round(sumIf(weight, aborted)) AS killed,
  round(quantileExactInclusive(0.5)(duration_ms)) AS p50_ms,
  round(quantileExactInclusive(0.95)(duration_ms)) AS p95_ms
FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
WHERE type = 'operation' GROUP BY tool, operation ORDER BY tool, runs DESC, operation;
