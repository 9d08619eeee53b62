import { openNew, removeFile, statOf } from '../machine/files.ts'
import { fs } from '../machine/node.ts'

const { closeSync } = fs

/** A child is started for an installation at most this often, in milliseconds. */
const startEveryMs = 10_000

/**
 * Takes the right to start a child, which `lastStart` keeps. Of two processes at the same moment both may get it, which is
 * harmless: the second child finds that the first is sending, and ends.
 */
export const mayStart = (lastStart: string, now = Date.now()): boolean => {
  const ago = now - (statOf(lastStart)?.mtimeMs ?? 0)
  // A time in the future was written under a clock that was wrong.
  if (ago >= 0 && ago < startEveryMs) return false
  try {
    removeFile(lastStart)
    closeSync(openNew(lastStart))
    return true
  } catch {
    return false
  }
}
