import { distro } from '../schema/distro.ts'
import { otherError } from '../schema/errors.ts'
import type { HrTime, SafeAttributes, SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import type { Scalar, Value } from '../schema/shapes.ts'

/**
 * OTLP's JSON: ids in hex, enums as integers, 64-bit times as strings. The keys and their order are those of the
 * official exporter, so that what the inspect log shows is what a collector receives; a test compares the two.
 */

const scalar = (value: Scalar) => {
  if (typeof value === 'string') return { stringValue: value }
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: value }
}

const anyValue = (value: Value) =>
  typeof value === 'object' ? { arrayValue: { values: (value as readonly Scalar[]).map(scalar) } } : scalar(value)

const keyValues = (attributes: SafeAttributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

const unixNano = ([seconds, nanos]: HrTime): string => String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos))

const internalKind = 1
const statusUnset = 0
const statusError = 2
/** Sampled, and it is known whether the parent is of another process: that of a run is, where it has one. */
const flagsOf = ({ type, parentSpanId }: SanitizedSpan): number =>
  type === 'run' && parentSpanId !== undefined ? 0x301 : 0x101

/**
 * The `exception` event of OpenTelemetry's conventions, made from the attributes: nothing of an event is ever read from
 * a span. Its stack has frames alone, in the order and the form of V8's.
 */
export const exceptionEvent = ({ type, attributes }: SanitizedSpan): SafeAttributes | undefined => {
  if (type !== 'crash') return undefined
  const frames = (attributes['cq.crash.frames'] ?? []) as readonly string[]
  const stack = frames.map((each) => `    at ${each}`).join('\n')
  return {
    'exception.type': attributes['error.type'] ?? otherError,
    ...(stack !== '' && { 'exception.stacktrace': stack }),
  }
}

const otlpEvents = (span: SanitizedSpan) => {
  const attributes = exceptionEvent(span)
  if (!attributes) return []
  const timeUnixNano = unixNano(span.endTime)
  return [{ attributes: keyValues(attributes), name: 'exception', timeUnixNano, droppedAttributesCount: 0 }]
}

export const otlpSpan = (span: SanitizedSpan) => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId,
  name: span.name,
  kind: internalKind,
  startTimeUnixNano: unixNano(span.startTime),
  endTimeUnixNano: unixNano(span.endTime),
  attributes: keyValues(span.attributes),
  droppedAttributesCount: 0,
  events: otlpEvents(span),
  droppedEventsCount: 0,
  status: { code: span.attributes['cq.success'] === false ? statusError : statusUnset },
  links: [],
  droppedLinksCount: 0,
  flags: flagsOf(span),
})

const resourceSpans = (resource: SanitizedResource, spans: readonly SanitizedSpan[]) => ({
  resource: { attributes: keyValues(resource.attributes), droppedAttributesCount: 0 },
  scopeSpans: [{ scope: { name: distro.name, version: distro.version }, spans: spans.map(otlpSpan) }],
})

/** OTLP's `TracesData`. */
export const tracesData = (resource: SanitizedResource, spans: readonly SanitizedSpan[]) => ({
  resourceSpans: [resourceSpans(resource, spans)],
})

/** What one line holds: spans of one run and its resource. */
export interface Batch {
  readonly resource: SanitizedResource
  readonly spans: readonly SanitizedSpan[]
}

/** A line of the OTLP file format, with its end: what any collector reads. */
export const encodeLine = ({ resource, spans }: Batch): string => `${JSON.stringify(tracesData(resource, spans))}\n`

/** The body of a request, an `ExportTraceServiceRequest`. A resource that several batches share is written once. */
export const encodeRequest = (batches: readonly Batch[]): string => {
  const byResource = new Map<SanitizedResource, SanitizedSpan[]>()
  for (const { resource, spans } of batches) {
    const known = byResource.get(resource)
    if (known) known.push(...spans)
    else byResource.set(resource, [...spans])
  }
  return JSON.stringify({ resourceSpans: [...byResource].map(([resource, spans]) => resourceSpans(resource, spans)) })
}
