import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, post, type Post, type Reply, type Transport } from './http.ts'
import { delivered, type Outcome, rejected, type Retry, retry } from './outcome.ts'
import { type Verdict, verdictOf } from './statuses.ts'

/** What a destination expects, for items of one kind. */
export interface Protocol<Item> {
  readonly request: (items: readonly Item[]) => Omit<Post, 'timeoutMs'>
  /** Reads an answer with a status of 2xx; undefined if it does not follow this protocol. */
  readonly taken: (reply: Reply, items: readonly Item[]) => Outcome | undefined
  /** Statuses after which the same request is tried again before the deadline. */
  readonly transient: readonly number[]
  /** Number of events that are lost if this item is refused. */
  readonly eventsIn: (item: Item) => number
  /** Milliseconds for one request. */
  readonly timeoutMs: number
}

export interface SendOptions {
  /** Milliseconds after which sending ends, whatever the server does. Default 10,000. */
  readonly deadlineMs?: number
  /** Is called before each request; `false` ends sending. */
  readonly allowed?: () => boolean
  readonly transport?: Transport
}

export const defaultDeadlineMs = 10_000

/** Bounds the requests, repeated ones included, to a server that answers 400 to everything. */
const maxRequests = 100

const firstPauseMs = 100
const maxPauseMs = 5_000
/** Doubles with each attempt; a random part keeps many clients from coming at the same time. */
const pauseAfter = (attempt: number): number =>
  Math.min(firstPauseMs * 2 ** attempt, maxPauseMs) * (0.5 + Math.random() / 2)

class Sending<Item> {
  private requests = 0
  /** The failure after which no further request is made. */
  private failure: Retry | undefined
  private readonly protocol: Protocol<Item>
  private readonly allowed: () => boolean
  private readonly transport: Transport
  private readonly end: number

  constructor(protocol: Protocol<Item>, options: SendOptions) {
    this.protocol = protocol
    this.allowed = options.allowed ?? (() => true)
    this.transport = options.transport ?? post
    this.end = performance.now() + (options.deadlineMs ?? defaultDeadlineMs)
  }

  /** A server takes or refuses a request as a whole, so halving finds the item that it refuses. */
  async send(items: readonly Item[]): Promise<Outcome[]> {
    const verdict = this.failure ?? (await this.untilSettled(items))
    if (verdict.kind === 'refused') return this.halve(items, verdict.reason)
    if (verdict.kind === 'retry') this.failure = verdict
    // A partial success does not say which items were refused, so the first one gets the count.
    return items.map((_, index) => (verdict.kind === 'rejected' && index > 0 ? delivered : verdict))
  }

  private async halve(items: readonly Item[], reason: string): Promise<Outcome[]> {
    const [first] = items
    if (first !== undefined && items.length === 1) return [rejected(reason, this.protocol.eventsIn(first))]
    const middle = Math.ceil(items.length / 2)
    return [...(await this.send(items.slice(0, middle))), ...(await this.send(items.slice(middle)))]
  }

  private async untilSettled(items: readonly Item[]): Promise<Verdict> {
    for (let attempt = 0; ; attempt++) {
      if (!this.allowed()) return retry('not allowed any more')
      if (++this.requests > maxRequests) return retry('too many requests needed')
      const left = this.end - performance.now()
      if (left <= 0) return retry('timeout')
      const { request, taken, timeoutMs } = this.protocol
      const answer = await this.transport({ ...request(items), timeoutMs: Math.min(timeoutMs, left) })
      const verdict = verdictOf(answer, (reply) => taken(reply, items))
      if (!this.isTransient(answer)) return verdict
      const pause = this.pause(attempt, answer)
      if (performance.now() + pause >= this.end) return verdict
      await sleep(pause)
    }
  }

  private isTransient(answer: Answer): boolean {
    return answer.kind === 'failure' || this.protocol.transient.includes(answer.status)
  }

  /** The server's `Retry-After` takes precedence over our own pause. */
  private pause(attempt: number, answer: Answer): number {
    const afterMs = answer.kind === 'response' ? answer.afterMs : undefined
    return afterMs === undefined ? pauseAfter(attempt) : Math.max(afterMs, firstPauseMs)
  }
}

/** Sends parts one after the other, each as one request where the server takes it. Returns an outcome for each item; never rejects. */
export const sendParts = async <Item>(
  parts: readonly (readonly Item[])[],
  protocol: Protocol<Item>,
  options: SendOptions,
): Promise<Outcome[]> => {
  const sending = new Sending(protocol, options)
  const outcomes: Outcome[] = []
  for (const part of parts) outcomes.push(...(await sending.send(part)))
  return outcomes
}
