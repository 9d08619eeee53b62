import type { Attributes, GeneratedRun, GeneratedSpan } from './generated.ts'

/** Generated runs as the collector's exporters write them. */

type Value = Attributes[string]

const anyValue = (value: Value): object => {
  if (typeof value === 'object') return { arrayValue: { values: value.map(anyValue) } }
  if (typeof value === 'boolean') return { boolValue: value }
  // A collector writes integers as texts.
  return typeof value === 'number' ? { intValue: String(value) } : { stringValue: value }
}
const known = (attributes: Attributes) => Object.entries(attributes).filter(([, value]) => value !== undefined)
const pairs = (attributes: Attributes) => known(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

const otlpSpan = ({ start, end, attributes, ...span }: GeneratedSpan) => ({
  ...span,
  kind: 1,
  startTimeUnixNano: String(start),
  endTimeUnixNano: String(end),
  attributes: pairs(attributes),
  status: {},
})

/** Lines of the `file` exporter: each is a batch of some requests. */
export const otlpLines = function* (runs: Iterable<GeneratedRun>, perLine = 20): Generator<string> {
  let resourceSpans: object[] = []
  for (const { resource, spans } of runs) {
    resourceSpans.push({
      resource: { attributes: pairs(resource) },
      scopeSpans: [{ scope: { name: 'cq-telemetry', version: '0.1.0' }, spans: spans.map(otlpSpan) }],
    })
    if (resourceSpans.length < perLine) continue
    yield `${JSON.stringify({ resourceSpans })}\n`
    resourceSpans = []
  }
  if (resourceSpans.length > 0) yield `${JSON.stringify({ resourceSpans })}\n`
}

const texts = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(
    known(attributes).map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  )

/** Rows of the `clickhouse` exporter, as JSONEachRow: an attribute is its `AsString()`, a duration is unsigned. */
export const clickhouseRows = function* (runs: Iterable<GeneratedRun>): Generator<string> {
  for (const { resource, spans } of runs)
    for (const span of spans)
      yield `${JSON.stringify({
        Timestamp: `${span.start / 1_000_000_000n}.${String(span.start % 1_000_000_000n).padStart(9, '0')}`,
        TraceId: span.traceId,
        SpanId: span.spanId,
        ParentSpanId: span.parentSpanId,
        SpanName: span.name,
        SpanKind: 'Internal',
        ServiceName: resource['service.name'] ?? '',
        ResourceAttributes: texts(resource),
        ScopeName: 'cq-telemetry',
        SpanAttributes: texts(span.attributes),
        Duration: String(BigInt.asUintN(64, span.end - span.start)),
      })}\n`
}
