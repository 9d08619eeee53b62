import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { CustomRule } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import type { Publicize } from '../schema/names.ts'
import { type Removal, removalsFrom } from '../schema/removals.ts'
import { exceptionEvent } from './encode.ts'
import {
  type HrTime,
  type RawSpan,
  sanitizeResource,
  sanitizeSpan,
  type SanitizedResource,
  type SanitizedSpan,
  unitTypeOf,
} from '../schema/sanitize.ts'

/** What is read of a span of OpenTelemetry's SDK. */
export const rawSpan = (span: ReadableSpan): RawSpan => {
  const { traceId, spanId } = span.spanContext()
  const { startTime, endTime, attributes } = span
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId, startTime, endTime, attributes }
}

/**
 * A span as OpenTelemetry's SDK hands it to an exporter, through the table; undefined if it has no `cq.span.type`. The
 * tracer may have any name: names are judged here, and nothing leaves but what the table allows.
 */
export const fromReadableSpan = (
  span: ReadableSpan,
  publicize: Publicize,
  custom: CustomRule,
): { span: SanitizedSpan; resource: SanitizedResource } | undefined => {
  const resource = sanitizeResource(span.resource.attributes, publicize, 'client')
  const safe = sanitizeSpan(rawSpan(span), resource, publicize, custom)
  return safe && { span: safe, resource }
}

const times = (count: number, what: string): Removal[] =>
  Array.from({ length: count }, () => ({ what, reason: 'it is never read' }))

/** What is never read of a span, and was there. */
const neverRead = (span: ReadableSpan): Removal[] => [
  ...times(span.status.message ? 1 : 0, '(a status message)'),
  ...times(span.events.length + span.droppedEventsCount, '(an event)'),
  ...times(span.links.length + span.droppedLinksCount, '(a link)'),
]

/** What does not leave of a span of OpenTelemetry's SDK. */
export const readableSpanRemovals = (span: ReadableSpan, publicize: Publicize, custom: CustomRule): Removal[] => {
  const removals = removalsFrom(rawSpan(span), publicize, custom)
  return unitTypeOf(span.attributes) ? [...removals, ...neverRead(span)] : removals
}

const readable = new WeakMap<SanitizedResource, ReadableSpan['resource']>()

/**
 * What the official exporters read of a resource; the rest of the interface merges resources, which none does here. One object
 * for one resource: they write it once for all spans that have it.
 */
const readableResource = (resource: SanitizedResource): ReadableSpan['resource'] => {
  const known = readable.get(resource)
  if (known) return known
  const made = { attributes: { ...resource.attributes } } as unknown as ReadableSpan['resource']
  readable.set(resource, made)
  return made
}

const sampled = 1

const elapsed = ([fromSeconds, fromNanos]: HrTime, [seconds, nanos]: HrTime): [number, number] => {
  const [whole, rest] = [seconds - fromSeconds, nanos - fromNanos]
  return rest < 0 ? [whole - 1, rest + 1e9] : [whole, rest]
}

/** Sanitized spans of one run, as an exporter of OpenTelemetry's takes them. */
export const toReadableSpans = (resource: SanitizedResource, spans: readonly SanitizedSpan[]): ReadableSpan[] => {
  const shared = readableResource(resource)
  return spans.map((span) => {
    const { traceId, spanId, parentSpanId, name, startTime, endTime, attributes } = span
    const exception = exceptionEvent(span)
    return {
      name,
      kind: 0,
      spanContext: () => ({ traceId, spanId, traceFlags: sampled }),
      ...(parentSpanId !== undefined && {
        parentSpanContext: {
          traceId,
          spanId: parentSpanId,
          traceFlags: sampled,
          isRemote: span.type === 'run',
        },
      }),
      startTime: [...startTime],
      endTime: [...endTime],
      duration: elapsed(startTime, endTime),
      status: { code: attributes['cq.success'] === false ? 2 : 0 },
      attributes: attributes as ReadableSpan['attributes'],
      links: [],
      events: exception
        ? [
            {
              name: 'exception',
              time: [...endTime],
              attributes: exception as ReadableSpan['attributes'],
              droppedAttributesCount: 0,
            },
          ]
        : [],
      ended: true,
      resource: shared,
      instrumentationScope: { name: distro.name, version: distro.version },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    }
  })
}
