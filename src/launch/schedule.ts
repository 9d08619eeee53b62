import { readSmallFile } from '../machine/read-file.ts'
import { overwrite } from '../machine/write-file.ts'
import { type SpoolName, timeOf } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'

/**
 * Least milliseconds between two children of an installation, unless something urgent waits. A child costs about 60 ms of
 * processor time, most of it the start of Node.
 */
const startEveryMs = 600_000
/** Bytes since the last child for which the next is started at once. */
const maxWaitingBytes = 64_000

interface Start {
  readonly at: number
  /** Process id of the child; 0 if there was none in the background. */
  readonly child: number
}

const readStart = (path: string): Start => {
  const read = readSmallFile(path)
  const [at = 0, child = 0] = read.kind === 'content' && read.own ? read.text.split(' ').map(Number) : []
  return { at, child }
}

/** Bytes of files that were begun since then. */
const bytesSince = (at: number, names: readonly SpoolName[]): number =>
  names.reduce((sum, name) => sum + (timeOf(name) > at ? (name.kilobytes ?? 0) * 1_000 : 0), 0)

/**
 * Whether a child should be started now for what a run has written: `due` ten minutes after the last one, `early` for a
 * crash report, for much data, and for the first run of an installation. `lastStart` is the file that `keepStart` writes.
 * Starts that cannot be kept are not counted: then each run starts a child.
 */
export const startFor = (lastStart: string, pending: Pending, now = Date.now()): 'due' | 'early' | 'later' => {
  const { at } = readStart(lastStart)
  const ago = now - at
  // A time in the future comes from a wrong clock and is ignored, and so is a file that holds anything else.
  if (!(at > 0 && ago >= 0)) return 'early'
  if (ago >= startEveryMs) return 'due'
  return pending.crash || pending.bytes + bytesSince(at, pending.others) > maxWaitingBytes ? 'early' : 'later'
}

/** The process id of the last child in the background; 0 if there is none. */
export const lastChild = (lastStart: string): number => readStart(lastStart).child

/** Keeps the time of a start, and the process that was started in the background. Never throws. */
export const keepStart = (lastStart: string, now = Date.now(), child = 0): void => {
  try {
    overwrite(lastStart, `${now}${child > 0 ? ` ${child}` : ''}\n`)
  } catch {
    // The next run starts a child too.
  }
}
