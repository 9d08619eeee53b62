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
  spanTypeOf,
} from '../schema/sanitize.ts'

type Attributes = ReadableSpan['attributes']

/**
 * Attributes that only our own crash reports may have, and no SDK span: 40 hex digits, or the name of a file, can be
 * anything if another party sets them.
 */
const ofReports = ['cq.crash.fingerprint', 'cq.crash.frames']

const withoutReport = (attributes: Attributes): Attributes =>
  attributes['cq.span.type'] === 'crash'
    ? Object.fromEntries(Object.entries(attributes).filter(([key]) => !ofReports.includes(key)))
    : attributes

/** The fields of an SDK span that are read. */
export const rawSpan = (span: ReadableSpan): RawSpan => {
  const { traceId, spanId } = span.spanContext()
  const { startTime, endTime } = span
  const attributes = withoutReport(span.attributes)
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId, startTime, endTime, attributes }
}

/**
 * Sanitizes a span that the SDK passes to an exporter, with its resource. Returns undefined for a span without a known
 * `cq.span.type`. The span may come from any tracer, since names are checked here.
 */
export const fromReadableSpan = (
  span: ReadableSpan,
  publicize: Publicize,
  custom: CustomRule,
): { span: SanitizedSpan; resource: SanitizedResource } | undefined => {
  const resource = sanitizeResource(span.resource.attributes, publicize, 'client')
  const sanitized = sanitizeSpan(rawSpan(span), resource, publicize, custom)
  return sanitized && { span: sanitized, resource }
}

const unread = (count: number, what: string): Removal[] =>
  Array.from({ length: count }, () => ({ what, reason: 'it is never read' }))

/** The parts of a span that are never read. */
const unreadParts = (span: ReadableSpan): Removal[] => [
  ...ofReports
    .filter((key) => span.attributes['cq.span.type'] === 'crash' && span.attributes[key] !== undefined)
    .map((what) => ({ what, reason: 'only our own crash reports have it' })),
  ...unread(span.status.message ? 1 : 0, '(a status message)'),
  ...unread(span.events.length + span.droppedEventsCount, '(an event)'),
  ...unread(span.links.length + span.droppedLinksCount, '(a link)'),
]

/** Lists what is left out of an SDK span or replaced with `private`. */
export const readableSpanRemovals = (span: ReadableSpan, publicize: Publicize, custom: CustomRule): Removal[] => {
  const removals = removalsFrom(rawSpan(span), publicize, custom)
  return spanTypeOf(span.attributes) ? [...removals, ...unreadParts(span)] : removals
}

const readableResources = new WeakMap<SanitizedResource, ReadableSpan['resource']>()

/**
 * The resource for the official exporters. They read its attributes and the URL of its schema; the other members of the
 * interface are for merging resources. Equal resources must be one object, which an exporter then writes once for all
 * of its spans.
 */
const readableResource = (resource: SanitizedResource): ReadableSpan['resource'] => {
  const existing = readableResources.get(resource)
  if (existing) return existing
  const { schemaUrl } = distro
  const readable = { attributes: { ...resource.attributes }, schemaUrl } as unknown as ReadableSpan['resource']
  readableResources.set(resource, readable)
  return readable
}

const sampled = 1

const elapsed = ([fromSeconds, fromNanos]: HrTime, [seconds, nanos]: HrTime): [number, number] => {
  const [whole, rest] = [seconds - fromSeconds, nanos - fromNanos]
  return rest < 0 ? [whole - 1, rest + 1e9] : [whole, rest]
}

/** Converts sanitized spans of one resource to the SDK's spans, which an OpenTelemetry exporter takes. */
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
      instrumentationScope: { name: distro.name, version: distro.version, schemaUrl: distro.schemaUrl },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    }
  })
}
