import type { Attributes } from '@opentelemetry/api'

/** Operations with a `minInterval`: of those that succeed, one is recorded in so many seconds, and the others are counted. */

/** What an installation keeps of its operations with an interval, and of the runs that were left out with them. */
export interface KeptIntervals {
  /** Whether the run may still be sent. It may throw. */
  mayWrite(): boolean
  /** When the last one that was recorded started, in Unix milliseconds. Without an operation, it is a run. */
  lastRecorded(operation?: string): number | undefined
  /** Adds to the number of those that were left out since. */
  add(leftOut: number, operation?: string): void
  /** Keeps that one is recorded, and returns how many were left out before it. */
  take(started: number, operation?: string): number
}

const dayMs = 86_400_000

/**
 * Whether less than the interval has passed. A new day (UTC) begins a new interval, so that the users of each day are known. A last
 * one that lies in the future comes from a wrong clock.
 */
const isWithin = (last: number | undefined, started: number, intervalMs: number): boolean =>
  last !== undefined &&
  last <= started &&
  started - last < intervalMs &&
  Math.floor(last / dayMs) === Math.floor(started / dayMs)

const leftOutAttributes = (leftOut: number): Attributes => (leftOut > 0 ? { 'cq.sample.left_out': leftOut } : {})

/** The intervals of one run. Times are when an operation or the run started, in Unix milliseconds. */
export class Intervals {
  private readonly seconds: Readonly<Record<string, number>>
  private readonly kept: KeptIntervals
  /** When this run last recorded an operation. */
  private readonly recorded = new Map<string, number>()
  /** Operations of this run that were left out. They are kept at its end, or taken by the next of their name. */
  private readonly leftOut = new Map<string, number>()

  constructor(seconds: Readonly<Record<string, number>>, kept: KeptIntervals) {
    this.seconds = seconds
    this.kept = kept
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

  /** Counts an operation that was left out, or, with -1, one that failed after all. */
  count(operation: string, more: 1 | -1 = 1): void {
    this.leftOut.set(operation, (this.leftOut.get(operation) ?? 0) + more)
  }

  /** Begins a new interval with an operation that is recorded, and says how many were left out before it. */
  attributes(operation: string, started: number): Attributes {
    if (this.intervalMs(operation) === 0) return {}
    const own = this.leftOut.get(operation) ?? 0
    this.leftOut.delete(operation)
    this.recorded.set(operation, started)
    return leftOutAttributes(own + this.kept.take(started, operation))
  }

  /** Whether a run is left out that succeeded and has recorded nothing. The first of a day is not. */
  leavesRunOut(started: number): boolean {
    return this.leftOut.size > 0 && isWithin(this.kept.lastRecorded(), started, dayMs)
  }

  /** Says how many runs were left out before this one, which is recorded. `isKept` is not called where nothing is sent. */
  runAttributes(started: number, isKept = () => true): Attributes {
    return this.kept.mayWrite() && isKept() ? leftOutAttributes(this.kept.take(started)) : {}
  }

  /** Keeps what was left out, at the end of the run. */
  end(runIsLeftOut: boolean): void {
    for (const [operation, count] of this.leftOut) if (count > 0) this.kept.add(count, operation)
    if (runIsLeftOut) this.kept.add(1)
  }
}
