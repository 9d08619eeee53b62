import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, post, type Post, type Reply, type Transport } from './http.ts'
import { delivered, fault, isOutcome, type Outcome, rejected, type Retry, retry } from './outcome.ts'
import { requestSize } from './request-size.ts'
import { tooManyRequests, type Verdict, verdictOf } from './statuses.ts'

/** What a destination expects of a request with items of one kind. */
export interface Protocol<Item> {
  readonly request: (items: readonly Item[]) => Omit<Post, 'timeoutMs'>
  /** Reads an answer with a status of 2xx. Returns undefined if the answer does not follow this protocol. */
  readonly taken: (reply: Reply, items: readonly Item[]) => Outcome | undefined
  /** Statuses after which the same request is tried again before the deadline. */
  readonly transient: readonly number[]
  /** Number of events that are lost if this item is refused. */
  readonly eventsIn: (item: Item) => number
  /** Splits items into parts that are small enough for one request. */
  readonly parts: (items: readonly Item[]) => readonly (readonly Item[])[]
  /** Milliseconds for one request. `leftMs` is the time that is left for all of them. */
  readonly timeoutMs: (leftMs: number) => number
}

export interface SendOptions {
  /** Milliseconds after which sending ends, whatever the server does. Default 10,000. */
  readonly deadlineMs?: number
  /** Called before each request; `false` ends sending. */
  readonly allowed?: () => boolean
  readonly transport?: Transport
  /** Most items of one request, as found out by an earlier sender. Default: no limit. */
  readonly size?: number
}

const defaultDeadlineMs = 10_000

/**
 * The most requests, repeated ones included, that may fail while the server accepts none: it may answer 400 to
 * everything.
 */
const maxInVain = 100
export const tooManyInVain = retry('too many requests needed')

const firstPauseMs = 100
const maxPauseMs = 5_000
/**
 * Milliseconds before the next attempt. They double each time. A random part keeps many clients from retrying at the
 * same time.
 */
const pauseAfter = (attempt: number): number =>
  Math.min(firstPauseMs * 2 ** attempt, maxPauseMs) * (0.5 + Math.random() / 2)

/** Sends items to one server, one request after the other, until its deadline. Never rejects. */
export class Sender<Item extends object> {
  /** Whether the server has accepted anything. */
  accepted = false
  private inVain = 0
  /** The failure after which no further request is made. */
  private failure: Retry | undefined
  private readonly protocol: Protocol<Item>
  private readonly allowed: () => boolean
  private readonly transport: Transport
  private readonly limit: ReturnType<typeof requestSize>
  private readonly end: number
  private timeoutMs = 0

  constructor(protocol: Protocol<Item>, options: SendOptions) {
    this.protocol = protocol
    this.allowed = options.allowed ?? (() => true)
    this.transport = options.transport ?? post
    this.limit = requestSize(options.size)
    this.end = performance.now() + (options.deadlineMs ?? defaultDeadlineMs)
  }

  /** Most items of one request; infinite unless the server has asked for fewer. */
  get size(): number {
    return this.limit.items()
  }

  private get left(): number {
    return this.end - performance.now()
  }

  /**
   * Yields an outcome for each item, in order, as soon as it is known. An entry that is already an outcome is not sent.
   */
  async *send(entries: readonly (Item | Outcome)[]): AsyncGenerator<Outcome, void> {
    this.timeoutMs = this.protocol.timeoutMs(this.left)
    const outcomes = this.sendItems(entries.filter((entry): entry is Item => !isOutcome(entry)))
    for (const entry of entries) yield isOutcome(entry) ? entry : ((await outcomes.next()).value as Outcome)
  }

  private async *sendItems(items: readonly Item[]): AsyncGenerator<Outcome, void> {
    for (const part of this.protocol.parts(items)) yield* this.sendPart(part)
  }

  /** Sends a part as one request if the server accepts that many items. */
  private async *sendPart(part: readonly Item[]): AsyncGenerator<Outcome, void> {
    for (let at = 0; at < part.length;) {
      const items = part.slice(at, at + this.size)
      const verdict = this.failure ?? (await this.untilSettled(items))
      if (verdict.kind === 'refused' && verdict.tooMany && items.length > 1) {
        this.limit.refused(items.length)
        continue
      }
      at += items.length
      if (verdict.kind === 'refused') yield* this.halve(items, verdict.reason)
      else yield* this.settle(items, verdict)
    }
  }

  private settle(items: readonly Item[], verdict: Outcome): Outcome[] {
    if (verdict.kind === 'retry') this.failure = verdict
    else {
      this.accepted = true
      this.inVain = 0
      this.limit.taken(items.length)
    }
    // A partial success does not say which items were refused, so the first one gets the count.
    return items.map((_, index) => (verdict.kind === 'rejected' && index > 0 ? delivered : verdict))
  }

  /** Finds the item that the server refuses by halving, since a server accepts or refuses a request as a whole. */
  private async *halve(items: readonly Item[], reason: string): AsyncGenerator<Outcome, void> {
    const [first] = items
    if (first !== undefined && items.length === 1) {
      yield rejected(reason, this.protocol.eventsIn(first), { whole: true })
    } else {
      const middle = Math.ceil(items.length / 2)
      yield* this.sendPart(items.slice(0, middle))
      yield* this.sendPart(items.slice(middle))
    }
  }

  private async untilSettled(items: readonly Item[]): Promise<Verdict> {
    let said: Verdict | undefined
    for (let attempt = 0; ; attempt++) {
      if (!this.allowed()) return retry('not allowed any more')
      if (++this.inVain > maxInVain) return tooManyInVain
      if (this.left <= 0) return said ?? retry('timeout')
      const { answer, verdict } = await this.ask(items)
      if (!answer || !this.isTransient(answer)) return verdict
      const limited = answer.kind === 'response' && answer.status === tooManyRequests
      const pause = this.pause(attempt, answer)
      if (pause >= this.left) {
        if (limited) this.limit.refused(items.length)
        // An earlier answer of the server says more than the lack of time for another one.
        return answer.kind === 'failure' && answer.reason === 'timeout' ? (said ?? verdict) : verdict
      }
      said = verdict
      await sleep(pause)
      // The same limit again means that waiting does not help: the request needs fewer items.
      if (limited && attempt > 0 && items.length > 1) return { kind: 'refused', reason: 'status 429', tooMany: true }
    }
  }

  private async ask(items: readonly Item[]): Promise<{ answer?: Answer; verdict: Verdict }> {
    try {
      const { request, taken } = this.protocol
      const answer = await this.transport({ ...request(items), timeoutMs: Math.min(this.timeoutMs, this.left) })
      return { answer, verdict: verdictOf(answer, (reply) => taken(reply, items)) }
    } catch (error) {
      return { verdict: fault(error) }
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

export const outcomesOf = async (outcomes: AsyncIterable<Outcome>): Promise<Outcome[]> => {
  const all: Outcome[] = []
  for await (const outcome of outcomes) all.push(outcome)
  return all
}
