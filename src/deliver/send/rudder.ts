import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip as gzipCallback } from 'node:zlib'
import { post, type Transport } from './http.ts'
import { delivered, type Outcome, rejected, retry } from './outcome.ts'
import { type Verdict, verdictOf } from './rudder-answer.ts'
import { batches, encodeBatch, type EncodedEvent, encodeEvent } from '../rudder/batches.ts'
import { batchUrl, type RudderDestination, rudderHeaders } from '../rudder/destination.ts'
import { maxEventBytes, type TrackEvent } from '../rudder/event.ts'

const gzip = promisify(gzipCallback)

export interface SendOptions {
  /** Milliseconds in which everything is over, whatever the server does. Default 10,000. */
  readonly deadlineMs?: number
  /** Milliseconds for one request. Default: half of the deadline, so that a silent server leaves time for a second try. */
  readonly attemptMs?: number
  /** Requests at most, so that a server that answers 400 to everything is not asked for each event. Default 100. */
  readonly maxRequests?: number
  /** Of gzip, 1 to 9. Default 6; less costs less time and makes more bytes. */
  readonly compressionLevel?: number
  /** Asked before each request; a no ends it. */
  readonly allowed?: () => boolean
  readonly now?: () => Date
  readonly transport?: Transport
  readonly random?: () => number
}

export interface Report {
  readonly outcome: Outcome
  readonly delivered: number
  /** Events that can never be taken, by reason. */
  readonly rejected: ReadonlyMap<string, readonly TrackEvent[]>
}

const wait = (attempt: number, random: () => number): number =>
  Math.min(100 * 2 ** attempt, 5_000) * (0.5 + random() / 2)

const troubleOf = (verdict: Exclude<Verdict, { kind: 'taken' | 'halve' }>): Outcome => {
  if (verdict.kind === 'stop') return retry(verdict.reason, { stop: verdict.forGood ? 'now' : 'soon' })
  return retry(verdict.reason, verdict.afterMs === undefined ? {} : { afterMs: verdict.afterMs })
}

class Sending {
  private requests = 0
  private taken = 0
  private readonly refused = new Map<string, TrackEvent[]>()
  private readonly end: number

  private readonly destination: RudderDestination
  private readonly options: Required<SendOptions>

  constructor(destination: RudderDestination, options: Required<SendOptions>) {
    this.destination = destination
    this.options = options
    this.end = performance.now() + options.deadlineMs
  }

  async run(events: readonly TrackEvent[]): Promise<Report> {
    const queue = batches(this.withoutOversized(events.map(encodeEvent)))
    let trouble: Outcome | undefined
    while (queue.length > 0 && !trouble) {
      const batch = queue.shift() as EncodedEvent[]
      const verdict = await this.untilSettled(batch)
      if (verdict.kind === 'taken') this.taken += batch.length
      else if (verdict.kind === 'halve') this.halve(batch, verdict.reason, queue)
      else trouble = troubleOf(verdict)
    }
    return { outcome: trouble ?? this.finished(), delivered: this.taken, rejected: this.refused }
  }

  private finished(): Outcome {
    const reasons = [...this.refused.keys()]
    return this.taken === 0 && reasons.length > 0 ? rejected(reasons.join('; ')) : delivered
  }

  private refuse(event: TrackEvent, reason: string): void {
    this.refused.set(reason, [...(this.refused.get(reason) ?? []), event])
  }

  private withoutOversized(events: readonly EncodedEvent[]): EncodedEvent[] {
    return events.filter(({ event, bytes }) => {
      const fits = bytes <= maxEventBytes
      if (!fits) this.refuse(event, 'event over 32 KB')
      return fits
    })
  }

  /** A batch is all or nothing: halving finds the event that takes the others along. */
  private halve(batch: readonly EncodedEvent[], reason: string, queue: EncodedEvent[][]): void {
    const [first] = batch
    if (first && batch.length === 1) return this.refuse(first.event, reason)
    const middle = Math.ceil(batch.length / 2)
    queue.unshift(batch.slice(0, middle), batch.slice(middle))
  }

  private async untilSettled(batch: readonly EncodedEvent[]): Promise<Verdict> {
    for (let attempt = 0; ; attempt++) {
      if (!this.options.allowed()) return { kind: 'again', reason: 'not allowed any more' }
      if (++this.requests > this.options.maxRequests) return { kind: 'again', reason: 'too many requests needed' }
      const verdict = await this.attempt(batch)
      if (verdict.kind !== 'again') return verdict
      const pause = verdict.afterMs ?? wait(attempt, this.options.random)
      if (performance.now() + pause >= this.end) return verdict
      await sleep(pause)
    }
  }

  private async attempt(batch: readonly EncodedEvent[]): Promise<Verdict> {
    const body = await gzip(encodeBatch(batch, this.options.now()), { level: this.options.compressionLevel })
    const answer = await this.options.transport({
      url: batchUrl(this.destination),
      headers: {
        ...rudderHeaders(this.destination),
        'Content-Encoding': 'gzip',
      },
      body,
      timeoutMs: Math.max(1, Math.min(this.options.attemptMs, this.end - performance.now())),
    })
    return verdictOf(answer, this.options.now().getTime())
  }
}

/** Sends the events, as few requests as the limits allow. Never rejects; over within the deadline. */
export const sendToRudder = (
  events: readonly TrackEvent[],
  destination: RudderDestination,
  options: SendOptions = {},
): Promise<Report> => {
  const deadlineMs = options.deadlineMs ?? 10_000
  return new Sending(destination, {
    deadlineMs,
    attemptMs: options.attemptMs ?? deadlineMs / 2,
    maxRequests: options.maxRequests ?? 100,
    compressionLevel: options.compressionLevel ?? 6,
    allowed: options.allowed ?? (() => true),
    now: options.now ?? (() => new Date()),
    transport: options.transport ?? post,
    random: options.random ?? Math.random,
  }).run(events)
}
