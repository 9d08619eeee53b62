import { openNew, removeFile, statOf } from '../machine/files.ts'
import { fs } from '../machine/node.ts'

const { closeSync } = fs

/** Least milliseconds between two children of an installation. */
const startEveryMs = 10_000

/**
 * Whether a child may be started now; if so, touches the file `lastStart`. Two processes may get `true` at the same
 * moment, which is harmless: the second child finds that the first is sending, and ends.
 */
export const mayStart = (lastStart: string, now = Date.now()): boolean => {
  const ago = now - (statOf(lastStart)?.mtimeMs ?? 0)
  // A time in the future comes from a wrong clock and is ignored.
  if (ago >= 0 && ago < startEveryMs) return false
  try {
    removeFile(lastStart)
    closeSync(openNew(lastStart))
    return true
  } catch {
    return false
  }
}
