import type { Spool } from './reader.ts'
import { type SpoolName, timeOf } from './name.ts'

/**
 * What a spool may hold. A run of one operation is about 8 kB; the bounds are for a machine that is offline for weeks, and for a command
 * in a loop: 5 MB are then still sent within seconds.
 */
export interface Limits {
  readonly maxBytes: number
  readonly maxFiles: number
  /** Milliseconds. What is older tells nothing about today. */
  readonly maxAgeMs: number
}

export const defaultLimits: Limits = { maxBytes: 5_000_000, maxFiles: 1_000, maxAgeMs: 30 * 86_400_000 }

export type Excess = 'expired' | 'overflow'

/** Oldest first: which files are beyond the limits, and why. Files that a run or a drain is at work on count, and stay. */
export const beyond = (spool: Spool, limits: Limits, now = Date.now()): { name: SpoolName; why: Excess }[] => {
  const names = spool.names()
  const sizes = names.map((name) => spool.size(name))
  let bytes = sizes.reduce((sum, size) => sum + size, 0)
  let files = names.length
  return names.flatMap((name, index) => {
    if (name.state !== 'held' && !spool.isFree(name)) return []
    const why = now - timeOf(name) > limits.maxAgeMs ? 'expired' : 'overflow'
    if (why === 'overflow' && bytes <= limits.maxBytes && files <= limits.maxFiles) return []
    bytes -= sizes[index] ?? 0
    files -= 1
    return [{ name, why }]
  })
}
