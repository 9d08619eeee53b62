import type { Attributes } from '@opentelemetry/api'

/** Operations with a `minInterval`: within that time after a recorded one, those that succeed are only counted. */

/** What an installation stores about its operations with an interval, and about runs that were left out with them. */
export interface KeptIntervals {
  /** The start of the last recorded operation of this name, in Unix milliseconds; of the last recorded run without a name. */
  lastRecorded(operation?: string): number | undefined
  /** Adds to the number that was left out since. */
  add(leftOut: number, operation?: string): void
  /** Stores the start of one that is recorded, and returns the number that was left out before it. */
  take(started: number, operation?: string): number
}

const dayMs = 86_400_000

/**
 * Whether less than the interval has passed. A new day (UTC) begins a new interval, so that every day has its users. A last start
 * in the future comes from a wrong clock.
 */
const isWithin = (last: number | undefined, started: number, intervalMs: number): boolean =>
  last !== undefined &&
  last <= started &&
  started - last < intervalMs &&
  Math.floor(last / dayMs) === Math.floor(started / dayMs)

const leftOutAttributes = (leftOut: number): Attributes => (leftOut > 0 ? { 'cq.sample.left_out': leftOut } : {})

/** The intervals of one run. `started` is the start of an operation or of the run, in Unix milliseconds. */
export class Intervals {
  private readonly seconds: Readonly<Record<string, number>>
  private readonly kept: KeptIntervals
  private readonly isSeenAgain: () => boolean
  /** The start of the last operation that this run recorded, by name. */
  private readonly recorded = new Map<string, number>()
  /** How many operations this run has left out, by name. Stored at its end, or sent with the next of the name. */
  private readonly leftOut = new Map<string, number>()

  /** @param isSeenAgain Whether an earlier run has sent the id. The first run that can report this is not left out. */
  constructor(seconds: Readonly<Record<string, number>>, kept: KeptIntervals, isSeenAgain: () => boolean) {
    this.seconds = seconds
    this.kept = kept
    this.isSeenAgain = isSeenAgain
  }

  private intervalMs(operation: string): number {
    return Object.hasOwn(this.seconds, operation) ? Number(this.seconds[operation]) * 1000 : 0
  }

  /** Whether an operation that starts is left out if it succeeds. */
  leavesOut(operation: string, started: number): boolean {
    const interval = this.intervalMs(operation)
    if (interval === 0) return false
    if (isWithin(this.recorded.get(operation), started, interval)) return true
    return isWithin(this.kept.lastRecorded(operation), started, interval)
  }

  /** Counts an operation that was left out. With -1, it is recorded after all, because its run failed. */
  count(operation: string, more: 1 | -1 = 1): void {
    this.leftOut.set(operation, (this.leftOut.get(operation) ?? 0) + more)
  }

  /** Begins a new interval with an operation that is recorded. Returns its attribute for those left out before it. */
  attributes(operation: string, started: number): Attributes {
    if (this.intervalMs(operation) === 0) return {}
    const own = this.leftOut.get(operation) ?? 0
    this.leftOut.delete(operation)
    this.recorded.set(operation, started)
    return leftOutAttributes(own + this.kept.take(started, operation))
  }

  /** Whether to leave out a run that succeeded and has recorded nothing. The first run of a day is recorded. */
  leavesRunOut(started: number): boolean {
    return this.leftOut.size > 0 && isWithin(this.kept.lastRecorded(), started, dayMs)
  }

  /** The attribute of a recorded run for the runs that were left out before it. */
  runAttributes(started: number): Attributes {
    return this.isSeenAgain() ? leftOutAttributes(this.kept.take(started)) : {}
  }

  /** Stores what was left out, at the end of the run. */
  end(runIsLeftOut: boolean): void {
    for (const [operation, count] of this.leftOut) if (count > 0) this.kept.add(count, operation)
    if (runIsLeftOut) this.kept.add(1)
  }
}
