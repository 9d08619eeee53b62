SELECT
  ResourceAttributes['service.version'] AS version,
  uniqExactIf(ResourceAttributes['app.installation.id'], ResourceAttributes['ci'] != 'true') AS users,
  uniqExact(SpanId) AS invocations
FROM otel_traces WHERE SpanAttributes['cq.span.type'] = 'run' GROUP BY version ORDER BY users DESC;
