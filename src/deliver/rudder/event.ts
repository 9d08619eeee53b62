import { parse, v5 } from 'uuid'
import { distro } from '../../schema/distro.ts'
import type { HrTime, SanitizedResource, SanitizedSpan } from '../../schema/sanitize.ts'
import type { Scalar } from '../../schema/shapes.ts'
import type { EventName } from '../../schema/row.ts'

export type Property = Scalar | readonly Property[] | { [key: string]: Property }
export type Properties = Record<string, Property>

/** One RudderStack `track` call without `sentAt`, which is added each time the event is sent. */
export interface TrackEvent {
  readonly type: 'track'
  /** The same for each delivery of the same span, so that Rudder can drop a repeat. */
  readonly messageId: string
  readonly anonymousId: string
  readonly userId?: string
  readonly event: EventName
  /** RudderStack uses `sentAt` to correct this time for a wrong clock. It does not correct `timestamp`. */
  readonly originalTimestamp: string
  readonly context: { readonly library: { readonly name: string; readonly version: string } }
  readonly properties: Properties
  readonly channel: 'server'
  /** The gateway stores the sender's address unless the event has an address of its own. */
  readonly request_ip: ''
}

/** Rudder's documented limit for one event. */
export const maxEventBytes = 32_000

/**
 * The namespace of our name-based UUIDs. It is random and must never change, since a repeated event must get the same
 * id.
 */
const namespace = parse('1f0f7a52-7a3a-4c5e-9d4a-6f1a3c0b9e57')

export const idOf = (span: SanitizedSpan, kind: string): string =>
  v5(`${span.traceId}:${span.spanId}:${kind}`, namespace)

const isoTime = ([seconds, nanos]: HrTime): string => new Date(seconds * 1000 + Math.floor(nanos / 1e6)).toISOString()

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** As in CloudQuery, the user is the database if it is known, otherwise the random id. In CI there is no user. */
const identity = ({ attributes }: SanitizedResource, span: SanitizedSpan) => {
  const installation = text(attributes['app.installation.id'])
  const userId = text(attributes['cq.database.id']) ?? installation
  const anonymousId = installation ?? text(attributes['service.instance.id']) ?? span.traceId
  return { anonymousId, ...(userId !== undefined && { userId }) }
}

export const trackEvent = (
  span: SanitizedSpan,
  resource: SanitizedResource,
  event: EventName,
  kind: string,
  properties: Properties,
): TrackEvent => ({
  type: 'track',
  messageId: idOf(span, kind),
  ...identity(resource, span),
  event,
  originalTimestamp: isoTime(span.startTime),
  context: { library: { name: distro.name, version: distro.version } },
  properties,
  channel: 'server',
  request_ip: '',
})

/** The fields before `sentAt`, and the fields after it. */
export const sentParts = ({ context, properties, channel, request_ip, ...head }: TrackEvent) =>
  [head, { context, properties, channel, request_ip }] as const

/** The event with the time at which it is sent. */
export const stamped = (event: TrackEvent, sentAt: Date) => {
  const [head, tail] = sentParts(event)
  return { ...head, sentAt: sentAt.toISOString(), ...tail }
}
