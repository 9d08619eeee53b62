import { distro } from '../schema/distro.ts'
import { otherError } from '../schema/errors.ts'
import type { HrTime, SafeAttributes, SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import type { Scalar, Value } from '../schema/shapes.ts'

/**
 * OTLP/JSON: ids in hex, enums as integers, 64-bit times as strings. Keys and their order are those of the official
 * exporter (a test compares them), so that the inspect log shows exactly what a collector receives.
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
/**
 * OTLP's span flags: sampled (0x001), the parent's place is known (0x100), and the parent is remote (0x200: only for a
 * run).
 */
const flagsOf = ({ type, parentSpanId }: SanitizedSpan): number =>
  type === 'run' && parentSpanId !== undefined ? 0x301 : 0x101

/**
 * The `exception` event of OpenTelemetry's conventions. It is made from the attributes of a crash, since events of a
 * span are never read. Its stack trace consists of frames only, in V8's format and order.
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

const otlpResource = ({ attributes }: SanitizedResource) => ({
  attributes: keyValues(attributes),
  droppedAttributesCount: 0,
})

const { name, version, schemaUrl } = distro

const scopeSpans = (spans: readonly SanitizedSpan[]) => ({
  scopeSpans: [{ scope: { name, version }, spans: spans.map(otlpSpan), schemaUrl }],
  schemaUrl,
})

const resourceSpans = (resource: SanitizedResource, spans: readonly SanitizedSpan[]) => ({
  resource: otlpResource(resource),
  ...scopeSpans(spans),
})

/** OTLP's `TracesData`. */
export const tracesData = (resource: SanitizedResource, spans: readonly SanitizedSpan[]) => ({
  resourceSpans: [resourceSpans(resource, spans)],
})

/** Spans of one run with their resource: the content of a line. */
export interface Batch {
  readonly resource: SanitizedResource
  readonly spans: readonly SanitizedSpan[]
}

/** A line of OpenTelemetry's file format for OTLP/JSON, with its newline. Any collector can read it. */
export const encodeLine = ({ resource, spans }: Batch): string => `${JSON.stringify(tracesData(resource, spans))}\n`

/** A line with only a resource, for the following lines of `encodeSpans`. */
export const encodeResource = (resource: SanitizedResource): string =>
  `${JSON.stringify({ resourceSpans: [{ resource: otlpResource(resource) }] })}\n`

/** A line with only spans. */
export const encodeSpans = (spans: readonly SanitizedSpan[]): string =>
  `${JSON.stringify({ resourceSpans: [scopeSpans(spans)] })}\n`

const opening = '{"resourceSpans":[{'
const closing = '}]}'

/** Joins the lines of `encodeResource` and `encodeSpans` to complete lines. */
export const joinResources = (lines: readonly string[]): string[] => {
  let resource = ''
  return lines.flatMap((line) => {
    if (!line.startsWith(`${opening}"resource"`)) return [`${opening}${resource},${line.slice(opening.length)}`]
    resource = line.slice(opening.length, -closing.length)
    return []
  })
}

/** The body of a request, an `ExportTraceServiceRequest`. A resource that several batches share is written once. */
export const encodeRequest = (batches: readonly Batch[]): string => {
  const byResource = new Map<SanitizedResource, SanitizedSpan[]>()
  for (const { resource, spans } of batches) {
    const group = byResource.get(resource)
    if (group) group.push(...spans)
    else byResource.set(resource, [...spans])
  }
  return JSON.stringify({ resourceSpans: [...byResource].map(([resource, spans]) => resourceSpans(resource, spans)) })
}
