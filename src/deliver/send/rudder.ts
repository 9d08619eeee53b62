import { batches, encodeBatch, type EncodedEvent, encodeEvent } from '../rudder/batches.ts'
import { batchUrl, type RudderDestination, rudderHeaders } from '../rudder/destination.ts'
import { maxEventBytes, type TrackEvent } from '../rudder/event.ts'
import type { Reply } from './http.ts'
import { delivered, type Outcome, rejected, together } from './outcome.ts'
import { outcomesOf, Sender, type SendOptions } from './requests.ts'
import { transientStatuses } from './statuses.ts'

export interface RudderOptions extends SendOptions {
  /** Compression level of gzip, 1 to 9. Default 6. A lower level takes less time and produces more bytes. */
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

/** What a long-lived sender of the same destination also needs. */
export interface SizedReport extends Report {
  /** Most events of one request, for `SendOptions`. */
  readonly size: number
  /** Whether RudderStack has accepted anything. */
  readonly accepted: boolean
}

/** RudderStack answers `ok` if it has accepted a batch. */
const taken = ({ body }: Reply): Outcome | undefined =>
  /^\s*ok\b/i.test(body.toString('utf8')) ? delivered : undefined

/** The loss of a loss report is not counted, since its report would be lost in the same way. */
const eventsIn = ({ event }: EncodedEvent): number => (event.event === 'delivery' ? 0 : 1)

/** The event as JSON, or an outcome for an event that no server would accept. */
export const encodeOrRefuse = (event: TrackEvent): EncodedEvent | Outcome => {
  const encoded = encodeEvent(event)
  return encoded.bytes <= maxEventBytes ? encoded : rejected('event over 32 KB', eventsIn(encoded))
}

export const rudderSender = (destination: RudderDestination, options: RudderOptions): Sender<EncodedEvent> =>
  new Sender(
    {
      request: (events) => ({
        url: batchUrl(destination),
        headers: rudderHeaders(destination),
        body: encodeBatch(events, options.now?.() ?? new Date()),
        gzipLevel: options.gzipLevel ?? 6,
      }),
      taken,
      transient: transientStatuses.rudder,
      eventsIn,
      parts: (events) => batches(events),
      // Leaves time for a second attempt if the server does not answer.
      timeoutMs: (leftMs) => leftMs / 2,
    },
    options,
  )

/**
 * Sends events in as few requests as the limits allow. Ends within the deadline and returns one report. Never rejects.
 */
export const sendToRudder = async (
  events: readonly TrackEvent[],
  destination: RudderDestination,
  options: RudderOptions = {},
): Promise<SizedReport> => {
  const sender = rudderSender(destination, options)
  const outcomes = await outcomesOf(sender.send(events.map(encodeOrRefuse)))
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
    size: sender.size,
    accepted: sender.accepted,
  }
}
