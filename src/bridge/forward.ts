import { trackEvents } from '../deliver/rudder/mapping.ts'
import type { RudderDestination } from '../deliver/rudder/destination.ts'
import type { TrackEvent } from '../deliver/rudder/event.ts'
import type { Transport } from '../deliver/send/http.ts'
import { type Retry, retry } from '../deliver/send/outcome.ts'
import { sendToRudder, type SizedReport } from '../deliver/send/rudder.ts'
import type { Decoded } from './decode.ts'
import type { RudderHealth } from './rudder-health.ts'
import type { Turns } from './turns.ts'

/** The lowest level, because a bridge's throughput is limited by its processor and not by its network. */
const gzipLevel = 1

/** The most events that are built before they are sent. An event of 2 kB may result from a span of 100 bytes. */
const eventsAtOnce = 250

export interface ForwardOptions {
  readonly rudder: RudderDestination
  readonly deadlineMs: number
  readonly transport?: Transport
}

/** What RudderStack's answers to all requests have shown. */
export interface RudderState {
  /** Most events of one request. */
  size: number
  /** Whether RudderStack has accepted events since it last refused a request as a whole. */
  takes: boolean
  readonly health: RudderHealth
}

/** Forwards the spans of one request to RudderStack, and counts the results. */
export class Forwarding {
  /** Spans that were accepted, whether or not they have events. */
  taken = 0
  withoutEvents = 0
  delivered = 0
  /** Number of events that RudderStack refused for good, by reason. */
  readonly rejected = new Map<string, number>()
  private waiting: TrackEvent[] = []
  private readonly end: number
  private readonly options: ForwardOptions
  private readonly state: RudderState

  constructor(options: ForwardOptions, state: RudderState) {
    this.options = options
    this.state = state
    this.end = performance.now() + options.deadlineMs
  }

  /** Sends the events of all spans. Stops at the first failure after which the client must repeat the whole request. */
  async run(spans: Iterable<Decoded>, turns: Turns): Promise<Retry | undefined> {
    for (const each of spans) {
      if (turns.over) await turns.next()
      if (each === 'refused') continue
      this.taken += 1
      if (each === 'without events') this.withoutEvents += 1
      else this.waiting.push(...trackEvents(each.span, each.resource))
      if (this.waiting.length < eventsAtOnce) continue
      const failure = await this.send()
      if (failure) return failure
      await turns.next()
    }
    return this.waiting.length > 0 ? this.send() : undefined
  }

  private async send(): Promise<Retry | undefined> {
    const { rudder, transport } = this.options
    const deadlineMs = this.end - performance.now()
    const events = this.waiting
    this.waiting = []
    const { size } = this.state
    const report = await sendToRudder(events, rudder, { deadlineMs, gzipLevel, size, ...(transport && { transport }) })
    const failure = this.failureOf(report)
    if (failure) this.state.health.failed(failure.reason)
    else if (report.accepted) this.state.health.succeeded()
    if (failure) return failure
    this.delivered += report.delivered
    for (const [reason, refused] of report.rejected)
      this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + refused.length)
    return undefined
  }
  /**
   * Events of a request that RudderStack refused as a whole are lost only if it has accepted others before. A proxy, or
   * a RudderStack with a wrong setting, may refuse everything. Then the collector keeps the request.
   */
  private failureOf({ outcome, size, accepted }: SizedReport): Retry | undefined {
    this.state.size = size
    if (outcome.kind === 'retry') return outcome
    const refused = outcome.kind === 'rejected' && outcome.whole === true
    if (refused && !this.state.takes) return retry(`it refuses everything (${outcome.reason})`)
    this.state.takes = refused ? false : this.state.takes || accepted
    return undefined
  }
}
