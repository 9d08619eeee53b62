-- Resources, from the sums of their operations. They are exact, even without a span for each resource. Lists are JSON texts.
-- An operation that is sampled counts for the others.
WITH
lists AS (
  SELECT
    tool,
    weight,
    JSONExtract(attributes['cq.providers.names'], 'Array(String)') AS providers,
    JSONExtract(attributes['cq.resources.names'], 'Array(String)') AS names,
    JSONExtract(attributes['cq.resources.providers'], 'Array(Int64)') AS indices,
    JSONExtract(attributes['cq.resources.counts'], 'Array(Int64)') AS counts,
    JSONExtract(attributes['cq.resources.fetch_counts'], 'Array(Int64)') AS fetch_counts,
    JSONExtract(attributes['cq.resources.errors'], 'Array(Int64)') AS error_counts,
    JSONExtract(attributes['cq.resources.durations_ms'], 'Array(Float64)') AS durations
  FROM cq_spans(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, tool = {tool:String})
  WHERE type = 'operation'
)
SELECT
  tool,
  -- A negative index would count from the end, and a list that is too short has no provider for it.
  if(length(indices) >= nth AND indices[nth] >= 0, providers[indices[nth] + 1], '') AS provider,
  resource,
  -- As numbers that cannot overflow.
  round(sum(weight * fetch_counts[nth])) AS fetches,
  round(sum(weight * counts[nth])) AS items,
  round(sum(weight * error_counts[nth])) AS errors,
  round(quantileExactInclusive(0.5)(durations[nth] / nullIf(fetch_counts[nth], 0))) AS p50_ms,
  round(quantileExactInclusive(0.95)(durations[nth] / nullIf(fetch_counts[nth], 0))) AS p95_ms
FROM lists ARRAY JOIN names AS resource, arrayEnumerate(names) AS nth
GROUP BY tool, provider, resource ORDER BY tool, fetches DESC, provider, resource LIMIT 50 BY tool;
