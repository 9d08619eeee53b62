import type { Attributes, GeneratedRun, GeneratedSpan } from './generated.ts'

/** Generated runs as the collector's exporters write them. */

type Value = Attributes[string]

const anyValue = (value: Value): object => {
  if (typeof value === 'object') return { arrayValue: { values: value.map(anyValue) } }
  if (typeof value === 'boolean') return { boolValue: value }
  // A collector writes integers as texts.
  return typeof value === 'number' ? { intValue: String(value) } : { stringValue: value }
}
const known = (attributes: Attributes, again: Attributes = {}) =>
  [...Object.entries(attributes), ...Object.entries(again)].filter(([, value]) => value !== undefined)
const pairs = (attributes: Attributes, again?: Attributes) =>
  known(attributes, again).map(([key, value]) => ({ key, value: anyValue(value) }))

const otlpSpan = ({ start, end, attributes, again, ...span }: GeneratedSpan) => ({
  ...span,
  kind: 1,
  startTimeUnixNano: String(start),
  endTimeUnixNano: String(end),
  attributes: pairs(attributes, again),
  status: {},
})

/** Lines of the `file` exporter: each is a batch of some requests. */
export const otlpLines = function* (runs: Iterable<GeneratedRun>, perLine = 20): Generator<string> {
  let resourceSpans: object[] = []
  for (const { resource, again, spans } of runs) {
    resourceSpans.push({
      resource: { attributes: pairs(resource, again) },
      scopeSpans: [{ scope: { name: 'cq-telemetry', version: '0.1.0' }, spans: spans.map(otlpSpan) }],
    })
    if (resourceSpans.length < perLine) continue
    yield `${JSON.stringify({ resourceSpans })}\n`
    resourceSpans = []
  }
  if (resourceSpans.length > 0) yield `${JSON.stringify({ resourceSpans })}\n`
}

/** An object with its keys in this order, some of them twice. */
const texts = (attributes: Attributes, again?: Attributes): string => {
  const members = known(attributes, again).map(
    ([key, value]) =>
      `${JSON.stringify(key)}:${JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : String(value))}`,
  )
  return `{${members.join()}}`
}

const timeOf = (nanoseconds: bigint): string => {
  const seconds = new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}Z`
}

/** Rows of the `clickhouse` exporter, as JSONEachRow: an attribute is its `AsString()`, a duration is unsigned. */
export const clickhouseRows = function* (runs: Iterable<GeneratedRun>): Generator<string> {
  for (const { resource, again, spans } of runs)
    for (const span of spans) {
      const plain = JSON.stringify({
        Timestamp: timeOf(span.start),
        TraceId: span.traceId,
        SpanId: span.spanId,
        ParentSpanId: span.parentSpanId,
        SpanName: span.name,
        SpanKind: 'Internal',
        ScopeName: 'cq-telemetry',
        ServiceName: resource['service.name'] ?? '',
        Duration: String(BigInt.asUintN(64, span.end - span.start)),
      })
      const maps = `"ResourceAttributes":${texts(resource, again)},"SpanAttributes":${texts(span.attributes, span.again)}`
      yield `${plain.slice(0, -1)},${maps}}\n`
    }
}
