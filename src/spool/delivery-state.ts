import { readSmallFile, replace } from '../machine/files.ts'
import { type DestinationName } from './name.ts'

/** What is known of the delivery to a destination, from process to process. */
export interface DestinationState {
  /** Unix time in milliseconds before which it is not tried again. */
  readonly notBefore: number
  /** Tries in a row that failed. */
  readonly failures: number
  /** How the last try went: `delivered`, or what was wrong. */
  readonly last: string
  /** When that was, as Unix time in milliseconds. */
  readonly at: number
}

export type DestinationStates = Partial<Record<DestinationName, DestinationState>>

export interface FailedTry {
  readonly reason: string
  /** Milliseconds for which the server wants to be left alone. */
  readonly afterMs?: number
  /** The server says that it is gone, at once (`now`) or if it says so three times (`soon`). */
  readonly stop?: 'now' | 'soon'
}

const firstPauseMs = 10_000
const maxPauseMs = 3_600_000
/** How long a server that is gone is left alone. */
const stopMs = 24 * 3_600_000
const stopAfter = 3
const maxFailures = 30

const isState = (value: unknown): value is DestinationState => {
  const { notBefore, failures, last, at } = (value ?? {}) as Record<string, unknown>
  return [notBefore, failures, at].every(Number.isFinite) && typeof last === 'string'
}

/** `delivery.json`: how delivery to each destination went, and when it may be tried again. */
export class DeliveryState {
  private readonly file: string
  private readonly now: () => number

  constructor(file: string, now = Date.now) {
    this.file = file
    this.now = now
  }

  all(): DestinationStates {
    const read = readSmallFile(this.file)
    if (read.kind !== 'content') return {}
    try {
      const { rudder, otlp } = JSON.parse(read.text) as Record<string, unknown>
      return { ...(isState(rudder) && { rudder }), ...(isState(otlp) && { otlp }) }
    } catch {
      return {}
    }
  }

  /** A time further away than any pause was written under a clock that was wrong: it does not count. */
  isDue(name: DestinationName): boolean {
    const wait = (this.all()[name]?.notBefore ?? 0) - this.now()
    return wait <= 0 || wait > stopMs
  }

  delivered(name: DestinationName): void {
    this.keep(name, { notBefore: 0, failures: 0, last: 'delivered', at: this.now() })
  }

  /** Doubles the pause with each failure, up to an hour. What the server asks for takes its place, up to an hour too. */
  failed(name: DestinationName, { reason, afterMs, stop }: FailedTry): void {
    const failures = Math.min((this.all()[name]?.failures ?? 0) + 1, maxFailures)
    const pause = Math.min(firstPauseMs * 2 ** (failures - 1), maxPauseMs)
    const stops = stop === 'now' || (stop === 'soon' && failures >= stopAfter)
    const wait = stops ? stopMs : Math.min(afterMs ?? pause, maxPauseMs)
    this.keep(name, { notBefore: this.now() + wait, failures, last: reason, at: this.now() })
  }

  private keep(name: DestinationName, state: DestinationState): void {
    try {
      replace(this.file, `${JSON.stringify({ ...this.all(), [name]: state })}\n`)
    } catch {
      // Without it the destination is tried again sooner than it would like.
    }
  }
}
