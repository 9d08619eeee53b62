import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { openNew, publish, readSmallFile, removeFile, replace, statOf } from '../policy/files.ts'
import type { DestinationName } from './name.ts'
import { formatOwner, ownerPattern, parseOwner, stateOf, thisProcess } from './owner.ts'

/** When a child may be started, when a destination may be asked again, and that one drain is at work at a time. */

/** A child is started for an installation at most this often, in milliseconds. */
const startEveryMs = 10_000
/** A lock of another container or machine holds as long as its drain can live. */
const foreignLockMs = 5 * 60_000

/** What is known of a destination, from process to process. */
export interface Standing {
  /** Unix time in milliseconds before which it is not tried again. */
  readonly notBefore: number
  /** Tries in a row that failed. */
  readonly failures: number
  /** How the last try went: `delivered`, or what was wrong. */
  readonly last: string
  /** When that was. */
  readonly at: number
}

export type Standings = Partial<Record<DestinationName, Standing>>

const firstPauseMs = 10_000
const maxPauseMs = 3_600_000
/** A publisher's brake: who answers "gone", or three times that there is nobody, is left alone for a day. */
const brakeMs = 24 * 3_600_000
const brakeAfter = 3

const isStanding = (value: unknown): value is Standing => {
  const { notBefore, failures, last, at } = (value ?? {}) as Record<string, unknown>
  return [notBefore, failures, at].every(Number.isFinite) && typeof last === 'string'
}

export class Schedule {
  private readonly directory: string
  private readonly now: () => number

  constructor(directory: string, now = Date.now) {
    this.directory = directory
    this.now = now
  }

  private get file(): string {
    return join(this.directory, 'delivery.json')
  }

  private get lock(): string {
    return join(this.directory, 'draining')
  }

  private get start(): string {
    return join(this.directory, 'started')
  }

  standings(): Standings {
    const read = readSmallFile(this.file)
    if (read.kind !== 'content') return {}
    try {
      const { rudder, otlp } = JSON.parse(read.text) as Record<string, unknown>
      return { ...(isStanding(rudder) && { rudder }), ...(isStanding(otlp) && { otlp }) }
    } catch {
      return {}
    }
  }

  /** A time that lies further away than any pause comes from a clock that jumped: it does not count. */
  isDue(name: DestinationName): boolean {
    const wait = (this.standings()[name]?.notBefore ?? 0) - this.now()
    return wait <= 0 || wait > brakeMs
  }

  private keep(name: DestinationName, standing: Standing): void {
    try {
      replace(this.file, `${JSON.stringify({ ...this.standings(), [name]: standing })}\n`)
    } catch {
      // Without it the destination is asked again sooner than it would like.
    }
  }

  delivered(name: DestinationName): void {
    this.keep(name, { notBefore: 0, failures: 0, last: 'delivered', at: this.now() })
  }

  /** Doubles the pause with each failure, up to an hour; the server's own wish goes before, and a brake before that. */
  failed(
    name: DestinationName,
    { reason, afterMs, stop }: { reason: string; afterMs?: number; stop?: 'now' | 'soon' },
  ) {
    const failures = Math.min((this.standings()[name]?.failures ?? 0) + 1, 30)
    const pause = Math.min(firstPauseMs * 2 ** (failures - 1), maxPauseMs)
    const brake = stop === 'now' || (stop === 'soon' && failures >= brakeAfter)
    const wait = brake ? brakeMs : Math.min(Math.max(pause, afterMs ?? 0), maxPauseMs)
    this.keep(name, { notBefore: this.now() + wait, failures, last: reason, at: this.now() })
  }

  /**
   * Takes the right to start a child: once in a while, and not while a drain is at work. Of two at the same moment both
   * may get it, which is harmless: the second child finds the lock and ends.
   */
  mayStart(): boolean {
    if (this.isDraining()) return false
    const ago = this.now() - (statOf(this.start)?.mtimeMs ?? 0)
    // A time in the future is that of a clock that jumped.
    if (ago >= 0 && ago < startEveryMs) return false
    try {
      removeFile(this.start)
      closeSync(openNew(this.start))
      return true
    } catch {
      return false
    }
  }

  private isDraining(): boolean {
    const read = readSmallFile(this.lock)
    if (read.kind !== 'content' || !new RegExp(`^${ownerPattern}$`).test(read.text)) return false
    const state = stateOf(parseOwner(read.text))
    if (state !== 'foreign') return state === 'alive'
    return this.now() - (statOf(this.lock)?.mtimeMs ?? 0) < foreignLockMs
  }

  /**
   * Runs `work` unless another drain is at work. A lock that is left behind is removed; that another may do so at the
   * same time, and both go on, is harmless: claims are atomic, and the lock only saves work.
   */
  async alone(work: () => Promise<void>): Promise<boolean> {
    if (this.isDraining()) return false
    removeFile(this.lock)
    if (!publish(this.lock, formatOwner(thisProcess()))) return false
    try {
      await work()
    } finally {
      removeFile(this.lock)
    }
    return true
  }
}
