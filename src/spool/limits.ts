import type { Spool } from './reader.ts'
import { type SpoolName, timeOf } from './name.ts'

/**
 * Limits of a spool, for a machine that is offline for weeks or a command that runs in a loop. A run of one operation
 * takes about 8 kB, and 5 MB are sent within seconds.
 */
export interface Limits {
  readonly maxBytes: number
  readonly maxFiles: number
  /** Milliseconds. Older runs say nothing about the present. */
  readonly maxAgeMs: number
}

export const defaultLimits: Limits = { maxBytes: 5_000_000, maxFiles: 1_000, maxAgeMs: 30 * 86_400_000 }

/** Why a file must go: it is too old, or there is too much. */
export type Excess = 'expired' | 'overflow'

/** The files to remove, oldest first. A file that a run or a drain still works on counts, but is not removed. */
export const filesOverLimits = (spool: Spool, limits: Limits, now = Date.now()): { name: SpoolName; why: Excess }[] => {
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
