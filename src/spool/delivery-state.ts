import { readSmallFile } from '../machine/read-file.ts'
import { replace } from '../machine/write-file.ts'
import { type DestinationName, destinationNames } from './name.ts'

/** How delivery to one destination went; kept on disk between processes. */
export interface DestinationState {
  /** Unix time in milliseconds of the earliest next attempt. */
  readonly notBefore: number
  /** Failed attempts in a row. */
  readonly failures: number
  /** Result of the last attempt: `delivered`, or the reason why it failed. */
  readonly last: string
  /** Unix time in milliseconds of the last attempt. */
  readonly at: number
  /**
   * Most events (RudderStack) or lines of the spool (OTLP) in a request. Absent unless the server has asked for fewer.
   */
  readonly size?: number
}

export type DestinationStates = Partial<Record<DestinationName, DestinationState>>

/** A failed attempt to send. */
export interface FailedTry {
  readonly reason: string
  /** Milliseconds that the server asks to wait (`Retry-After`). */
  readonly afterMs?: number
  /** Pause for a day: at once (`now`), or if this is at least the third failure in a row (`soon`). */
  readonly stop?: 'now' | 'soon'
}

const firstPauseMs = 10_000
const maxPauseMs = 3_600_000
/** The pause after an answer with `stop`. */
const stopMs = 24 * 3_600_000
const stopAfter = 3
const maxFailures = 30

/** Whether it is a finite number within the range of a Date. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 8.64e15

const sizeIn = (size: unknown): Pick<DestinationState, 'size'> =>
  Number.isSafeInteger(size) && Number(size) > 0 ? { size: Number(size) } : {}

/** The state as an object of one property, or an empty object if the value is invalid. */
const stateIn = (name: DestinationName, value: unknown): DestinationStates => {
  const { notBefore, failures, last, at, size } = (value ?? {}) as Record<string, unknown>
  if (![notBefore, failures, at].every(isTime) || typeof last !== 'string') return {}
  return { [name]: { notBefore, failures, last, at, ...sizeIn(size) } }
}

/** `delivery.json`: the result of the last attempt for each destination, and the time of the next. */
export class DeliveryState {
  private readonly file: string
  private readonly now: () => number

  constructor(file: string, now = Date.now) {
    this.file = file
    this.now = now
  }

  all(): DestinationStates {
    const read = readSmallFile(this.file)
    if (read.kind !== 'content' || !read.own) return {}
    try {
      const states = JSON.parse(read.text) as Record<string, unknown>
      return Object.assign({}, ...destinationNames.map((name) => stateIn(name, states[name]))) as DestinationStates
    } catch {
      return {}
    }
  }

  /**
   * Whether a destination may be tried now. A time later than the longest pause came from a wrong clock and is ignored.
   */
  isDue(name: DestinationName): boolean {
    const wait = (this.all()[name]?.notBefore ?? 0) - this.now()
    return wait <= 0 || wait > stopMs
  }

  /** Most items in a request to this destination; undefined if no limit is known. */
  sizeOf(name: DestinationName): number | undefined {
    return this.all()[name]?.size
  }

  delivered(name: DestinationName, size?: number): void {
    this.keep(name, { notBefore: 0, failures: 0, last: 'delivered', at: this.now(), ...sizeIn(size) })
  }

  /**
   * Doubles the pause with each failure, up to an hour. The pause that the server asks for replaces it, also up to an
   * hour.
   */
  failed(name: DestinationName, { reason, afterMs, stop }: FailedTry, size?: number): void {
    const failures = Math.min((this.all()[name]?.failures ?? 0) + 1, maxFailures)
    const pause = Math.min(firstPauseMs * 2 ** (failures - 1), maxPauseMs)
    const stops = stop === 'now' || (stop === 'soon' && failures >= stopAfter)
    const wait = stops ? stopMs : Math.min(afterMs ?? pause, maxPauseMs)
    this.keep(name, { notBefore: this.now() + wait, failures, last: reason, at: this.now(), ...sizeIn(size) })
  }

  private keep(name: DestinationName, state: DestinationState): void {
    try {
      replace(this.file, `${JSON.stringify({ ...this.all(), [name]: state })}\n`)
    } catch {
      // If this write is lost, the destination is only tried too soon.
    }
  }
}
