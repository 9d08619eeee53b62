import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { CustomRule } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import type { Publicize } from '../schema/names.ts'
import { exceptionEvent } from './encode.ts'
import {
  type HrTime,
  type RawSpan,
  sanitizeResource,
  sanitizeSpan,
  type SanitizedResource,
  type SanitizedSpan,
} from '../schema/sanitize.ts'

/** What is read of a span of OpenTelemetry's SDK. */
export const rawSpan = (span: ReadableSpan): RawSpan => {
  const { traceId, spanId } = span.spanContext()
  const { startTime, endTime, attributes } = span
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId, startTime, endTime, attributes }
}

/** A span as OpenTelemetry's SDK hands it to an exporter, through the table; undefined if it is not one of ours. */
export const fromReadableSpan = (
  span: ReadableSpan,
  publicize: Publicize,
  custom: CustomRule,
): { span: SanitizedSpan; resource: SanitizedResource } | undefined => {
  if (span.instrumentationScope.name !== distro.name) return undefined
  const resource = sanitizeResource(span.resource.attributes, publicize, 'client', 'collector')
  const safe = sanitizeSpan(rawSpan(span), resource, publicize, custom)
  return safe && { span: safe, resource }
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
