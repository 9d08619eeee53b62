import { trackEvents } from '../deliver/rudder/mapping.ts'
import type { RudderDestination } from '../deliver/rudder/destination.ts'
import type { TrackEvent } from '../deliver/rudder/event.ts'
import type { Transport } from '../deliver/send/http.ts'
import type { Retry } from '../deliver/send/outcome.ts'
import { sendToRudder } from '../deliver/send/rudder.ts'
import type { Decoded } from './decode.ts'
import type { Turns } from './turns.ts'

/** The lowest level, because a bridge's throughput is limited by its processor and not by its network. */
const gzipLevel = 1

/** Events that are built before they are sent. An event of 2 kB may come of a span of 100 bytes. */
const eventsAtOnce = 250

export interface ForwardOptions {
  readonly rudder: RudderDestination
  readonly deadlineMs: number
  readonly transport?: Transport
}

/** The spans of one request on their way to Rudder, and what became of them. */
export class Forwarding {
  /** Spans that were taken, whether or not they have events. */
  taken = 0
  delivered = 0
  /** Number of events that Rudder refused for good, by reason. */
  readonly rejected = new Map<string, number>()
  private waiting: TrackEvent[] = []
  private readonly end: number
  private readonly options: ForwardOptions

  constructor(options: ForwardOptions) {
    this.options = options
    this.end = performance.now() + options.deadlineMs
  }

  /** Sends the events of all spans. Stops at the first failure after which the whole request is to be tried again. */
  async run(spans: Iterable<Decoded>, turns: Turns): Promise<Retry | undefined> {
    for (const each of spans) {
      if (turns.over) await turns.next()
      if (each === 'refused') continue
      this.taken += 1
      if (each !== 'without events') this.waiting.push(...trackEvents(each.span, each.resource))
      if (this.waiting.length < eventsAtOnce) continue
      const retry = await this.send()
      if (retry) return retry
      await turns.next()
    }
    return this.waiting.length > 0 ? this.send() : undefined
  }

  private async send(): Promise<Retry | undefined> {
    const { rudder, transport } = this.options
    const deadlineMs = this.end - performance.now()
    const events = this.waiting
    this.waiting = []
    const report = await sendToRudder(events, rudder, { deadlineMs, gzipLevel, ...(transport && { transport }) })
    if (report.outcome.kind === 'retry') return report.outcome
    this.delivered += report.delivered
    for (const [reason, refused] of report.rejected)
      this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + refused.length)
    return undefined
  }
}
