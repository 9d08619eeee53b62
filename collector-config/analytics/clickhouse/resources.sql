-- Lists are JSON texts.
SELECT
  JSONExtract(SpanAttributes['cq.providers.names'], 'Array(String)')[provider + 1] AS provider_name,
  resource,
  sum(fetches) AS fetches_in_all,
  quantile(0.5)(duration_ms / fetches) AS p50_ms,
  quantile(0.95)(duration_ms / fetches) AS p95_ms
FROM (SELECT * FROM otel_traces WHERE SpanAttributes['cq.span.type'] = 'operation' LIMIT 1 BY TraceId, SpanId)
ARRAY JOIN
  JSONExtract(SpanAttributes['cq.resources.names'], 'Array(String)') AS resource,
  JSONExtract(SpanAttributes['cq.resources.providers'], 'Array(Int32)') AS provider,
  JSONExtract(SpanAttributes['cq.resources.fetch_counts'], 'Array(Int64)') AS fetches,
  JSONExtract(SpanAttributes['cq.resources.durations_ms'], 'Array(Float64)') AS duration_ms
GROUP BY provider_name, resource ORDER BY fetches_in_all DESC;
