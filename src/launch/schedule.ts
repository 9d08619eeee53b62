import { append, openNew, readSmallFile, removeFile } from '../machine/files.ts'
import { fs } from '../machine/node.ts'
import type { Pending } from '../spool/sink.ts'

const { closeSync, writeSync } = fs

/**
 * Least milliseconds between two children of an installation, unless something urgent waits. A child costs about 60 ms of
 * processor time, most of it the start of Node.
 */
const startEveryMs = 600_000
/** Bytes in the spool for which a child is started at once. */
const maxWaitingBytes = 64_000

/** What runs have left to send: the time of the last start, and the bytes of each run that ended since then. */
const readStart = (path: string): { readonly at: number; readonly waiting: number } => {
  const read = readSmallFile(path)
  const [at = 0, ...bytes] = read.kind === 'content' ? read.text.split('\n').map(Number) : []
  return { at, waiting: bytes.reduce((sum, each) => sum + each, 0) }
}

/**
 * Whether a child should be started now for what a run has written: ten minutes after the last one, and at once for a
 * crash report, for much data, and for the first run of an installation. `lastStart` is the file that `keepStart` and
 * `keepWaiting` write. Starts that cannot be kept are not counted: then each run starts a child.
 */
export const isStartDue = (lastStart: string, { bytes, crash }: Pending, now = Date.now()): boolean => {
  const { at, waiting } = readStart(lastStart)
  const ago = now - at
  // A time in the future comes from a wrong clock and is ignored, and so is a file that holds anything else.
  const recent = ago >= 0 && ago < startEveryMs
  return !recent || crash || waiting + bytes > maxWaitingBytes
}

/** Keeps the time of a start. Never throws. */
export const keepStart = (lastStart: string, now = Date.now()): void => {
  try {
    removeFile(lastStart)
    const descriptor = openNew(lastStart)
    writeSync(descriptor, `${now}\n`)
    closeSync(descriptor)
  } catch {
    // The next run starts a child too.
  }
}

/** Keeps how many bytes a run has left for a later child. Never throws. */
export const keepWaiting = (lastStart: string, bytes: number): void => {
  try {
    append(lastStart, `${bytes}\n`)
  } catch {
    // Then they wait for the ten minutes at most.
  }
}
