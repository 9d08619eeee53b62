-- Over the table that the collector's exporter makes. Attributes are texts there. A span that came twice counts once.
SELECT
  toMonday(Timestamp) AS week,
  uniqExact(SpanId) AS invocations,
  uniqExactIf(ResourceAttributes['app.installation.id'], ResourceAttributes['ci'] != 'true') AS users,
  uniqExactIf(SpanId, ResourceAttributes['ci'] = 'true') AS ci_invocations,
  uniqExactIf(ResourceAttributes['cq.hash.host'], ResourceAttributes['ci'] = 'true') AS ci_sources
FROM otel_traces WHERE SpanAttributes['cq.span.type'] = 'run' GROUP BY week ORDER BY week;
