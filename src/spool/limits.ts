import { type SpoolName, timeOf } from './name.ts'

/**
 * Limits of a spool, for a machine that is offline for weeks or a command that runs in a loop. A run of one operation
 * takes about 5 kB, and 5 MB are sent within seconds.
 */
export interface Limits {
  readonly maxBytes: number
  readonly maxFiles: number
  /** Milliseconds. Older runs no longer describe current use. */
  readonly maxAgeMs: number
  /** Limit in bytes while a destination accepts files, since a run may write faster than the network sends. */
  readonly maxMovingBytes: number
}

export const defaultLimits: Limits = {
  maxBytes: 5_000_000,
  maxFiles: 1_000,
  maxAgeMs: 30 * 86_400_000,
  maxMovingBytes: 250_000_000,
}

/** A file that waits: no run is writing it, and no drain is sending it. */
export interface WaitingFile {
  readonly name: SpoolName
  readonly bytes: number
  /** Whether a destination that still needs the file accepted the last ones. */
  readonly moving: boolean
}

const oldest = (files: readonly WaitingFile[], maxBytes: number, maxFiles: number): WaitingFile[] => {
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  let count = files.length
  return files.filter((file) => {
    if (bytes <= maxBytes && count <= maxFiles) return false
    bytes -= file.bytes
    count -= 1
    return true
  })
}

/** The waiting files that exceed the limits. `files` is sorted by age. */
export const overflowing = (files: readonly WaitingFile[], limits: Limits): SpoolName[] => {
  const stuck = oldest(
    files.filter(({ moving }) => !moving),
    limits.maxBytes,
    limits.maxFiles,
  )
  const gone = new Set(stuck)
  const rest = files.filter((file) => !gone.has(file))
  return [...stuck, ...oldest(rest, limits.maxMovingBytes, limits.maxFiles)].map(({ name }) => name)
}

export const isExpired = (name: SpoolName, { maxAgeMs }: Limits, now = Date.now()): boolean =>
  now - timeOf(name) > maxAgeMs
