import { readSmallFile } from '../machine/read-file.ts'
import { overwrite } from '../machine/write-file.ts'
import { type SpoolName, timeOf } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'

/**
 * Least milliseconds between two children of an installation, unless something urgent waits. A child takes about 60 ms
 * of processor time, most of it to start Node.
 */
const startEveryMs = 600_000
/** If more bytes than this have been recorded since the last child, the next one starts at once. */
const maxWaitingBytes = 64_000

interface Start {
  readonly at: number
  /** Process id of the child; 0 if none was started in the background. */
  readonly child: number
}

const readStart = (path: string): Start => {
  const read = readSmallFile(path)
  const [at = 0, child = 0] = read.kind === 'content' && read.own ? read.text.split(' ').map(Number) : []
  return { at, child }
}

/** Bytes of the files that were begun since then. */
const bytesSince = (at: number, names: readonly SpoolName[]): number =>
  names.reduce((sum, name) => sum + (timeOf(name) > at ? (name.kilobytes ?? 0) * 1_000 : 0), 0)

/**
 * Whether a child should be started now for what a run has written: `due` ten minutes after the last one, `early` for a
 * crash report, for much data, and for the first run of an installation. `lastStart` is the file that `keepStart`
 * writes. If it cannot be written, each run starts a child.
 */
export const startFor = (lastStart: string, pending: Pending, now = Date.now()): 'due' | 'early' | 'later' => {
  const { at } = readStart(lastStart)
  const ago = now - at
  // A time in the future comes from a wrong clock and is ignored. Any other content is ignored too.
  if (!(at > 0 && ago >= 0)) return 'early'
  if (ago >= startEveryMs) return 'due'
  return pending.crash || pending.bytes + bytesSince(at, pending.others) > maxWaitingBytes ? 'early' : 'later'
}

/** The process id of the last child in the background; 0 if there was none. */
export const lastChild = (lastStart: string): number => readStart(lastStart).child

/** Stores the time of a start, and the id of the process that was started in the background. Never throws. */
export const keepStart = (lastStart: string, now = Date.now(), child = 0): void => {
  try {
    overwrite(lastStart, `${now}${child > 0 ? ` ${child}` : ''}\n`)
  } catch {
    // The next run starts a child too.
  }
}
