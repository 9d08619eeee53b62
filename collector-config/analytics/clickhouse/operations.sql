SELECT
  SpanAttributes['cq.operation.name'] AS operation,
  count() AS runs,
  round(100 * countIf(SpanAttributes['cq.success'] = 'true') / count(), 1) AS success_percent,
  quantileIf(0.5)(Duration / 1e6, SpanAttributes['cq.aborted'] != 'true') AS p50_ms,
  quantileIf(0.95)(Duration / 1e6, SpanAttributes['cq.aborted'] != 'true') AS p95_ms
FROM (SELECT * FROM otel_traces WHERE SpanAttributes['cq.span.type'] = 'operation' LIMIT 1 BY TraceId, SpanId)
GROUP BY operation ORDER BY runs DESC;
