import { batches, encodeBatch, type EncodedEvent, encodeEvent } from '../rudder/batches.ts'
import { batchUrl, type RudderDestination, rudderHeaders } from '../rudder/destination.ts'
import { maxEventBytes, type TrackEvent } from '../rudder/event.ts'
import type { Reply } from './http.ts'
import { delivered, type Outcome, rejected, together } from './outcome.ts'
import { defaultDeadlineMs, type Protocol, type SendOptions, sendParts } from './requests.ts'
import { transientStatuses } from './statuses.ts'

export interface RudderOptions extends SendOptions {
  /** Compression level of gzip, 1 to 9. Default 6; a lower level takes less time and makes more bytes. */
  readonly gzipLevel?: number
  readonly now?: () => Date
}

export interface Report {
  /** `rejected` only if no event was delivered. */
  readonly outcome: Outcome
  readonly delivered: number
  /** Events that Rudder refused for good, by reason. */
  readonly rejected: ReadonlyMap<string, readonly TrackEvent[]>
}

/** Rudder answers `ok` if it has taken a batch. */
const taken = ({ body }: Reply): Outcome | undefined =>
  /^\s*ok\b/i.test(body.toString('utf8')) ? delivered : undefined

/** The loss of a loss report is not counted, since its report would be lost in the same way. */
const eventsIn = ({ event }: EncodedEvent): number => (event.event === 'delivery' ? 0 : 1)

const protocolOf = (destination: RudderDestination, options: RudderOptions): Protocol<EncodedEvent> => ({
  request: (events) => ({
    url: batchUrl(destination),
    headers: rudderHeaders(destination),
    body: encodeBatch(events, options.now?.() ?? new Date()),
    gzipLevel: options.gzipLevel ?? 6,
  }),
  taken,
  transient: transientStatuses.rudder,
  eventsIn,
  // A silent server leaves time for a second try.
  timeoutMs: (options.deadlineMs ?? defaultDeadlineMs) / 2,
})

/**
 * Sends events in as few requests as the limits allow. Returns an outcome for each event; never rejects; over within
 * the deadline.
 */
export const sendEvents = async (
  events: readonly TrackEvent[],
  destination: RudderDestination,
  options: RudderOptions = {},
): Promise<Outcome[]> => {
  const encoded = events.map(encodeEvent)
  const fitting = encoded.filter(({ bytes }) => bytes <= maxEventBytes)
  const sent = (await sendParts(batches(fitting), protocolOf(destination, options), options)).values()
  return encoded.map((event) =>
    event.bytes <= maxEventBytes ? (sent.next().value as Outcome) : rejected('event over 32 KB', eventsIn(event)),
  )
}

/** Sends events as `sendEvents` does, and returns one report. */
export const sendToRudder = async (
  events: readonly TrackEvent[],
  destination: RudderDestination,
  options: RudderOptions = {},
): Promise<Report> => {
  const outcomes = await sendEvents(events, destination, options)
  const refused = new Map<string, TrackEvent[]>()
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind !== 'rejected') continue
    refused.set(outcome.reason, [...(refused.get(outcome.reason) ?? []), events[index] as TrackEvent])
  }
  const taken = outcomes.filter(({ kind }) => kind === 'delivered').length
  const outcome = together(outcomes)
  return {
    outcome: outcome.kind === 'rejected' && taken > 0 ? delivered : outcome,
    delivered: taken,
    rejected: refused,
  }
}
