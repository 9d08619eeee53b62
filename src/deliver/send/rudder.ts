import { batches, encodeBatch, type EncodedEvent, encodeEvent } from '../rudder/batches.ts'
import { batchUrl, type RudderDestination, rudderHeaders } from '../rudder/destination.ts'
import { maxEventBytes, type TrackEvent } from '../rudder/event.ts'
import type { Reply } from './http.ts'
import { delivered, type Outcome, rejected, together } from './outcome.ts'
import { outcomesOf, Sender, type SendOptions } from './requests.ts'
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

/** What a sender of the same destination that lives longer needs besides. */
export interface SizedReport extends Report {
  /** Most events of one request, for `SendOptions`. */
  readonly size: number
  /** Whether Rudder has taken anything. */
  readonly accepted: boolean
}

/** Rudder answers `ok` if it has taken a batch. */
const taken = ({ body }: Reply): Outcome | undefined =>
  /^\s*ok\b/i.test(body.toString('utf8')) ? delivered : undefined

/** The loss of a loss report is not counted, since its report would be lost in the same way. */
const eventsIn = ({ event }: EncodedEvent): number => (event.event === 'delivery' ? 0 : 1)

/** An event that no server would take has its outcome already. */
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
      // A silent server leaves time for a second try.
      timeoutMs: (leftMs) => leftMs / 2,
    },
    options,
  )

/** Sends events in as few requests as the limits allow. Returns one report; never rejects; over within the deadline. */
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
