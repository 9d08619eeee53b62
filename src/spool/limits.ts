import { type SpoolName, timeOf } from './name.ts'

/**
 * Limits of a spool, for a machine that is offline for weeks or a command that runs in a loop. A run of one operation
 * takes about 5 kB, and 5 MB are sent within seconds.
 */
export interface Limits {
  readonly maxBytes: number
  readonly maxFiles: number
  /** Milliseconds. Older runs say nothing about the present. */
  readonly maxAgeMs: number
  /** Bytes of the files that a destination is taking: a run may write faster than the network takes it. */
  readonly maxMovingBytes: number
}

export const defaultLimits: Limits = {
  maxBytes: 5_000_000,
  maxFiles: 1_000,
  maxAgeMs: 30 * 86_400_000,
  maxMovingBytes: 250_000_000,
}

/** A file that waits: no run and no drain is at work on it. */
export interface WaitingFile {
  readonly name: SpoolName
  readonly bytes: number
  /** A destination that lacks the file took the last ones. */
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

/** The files that are too many, or too large, of those that wait, which are sorted by their age. */
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
