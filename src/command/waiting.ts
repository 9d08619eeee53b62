import { existsSync, lstatSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesIn } from '../machine/directory.ts'
import { removeFile } from '../machine/write-file.ts'
import { decodeLines } from '../otlp/decode.ts'
import { readText } from '../spool/lines.ts'
import { formatName, marksOf, parseName, type SpoolName, timeOf } from '../spool/name.ts'
import type { Spool } from '../spool/reader.ts'

/** A file of the spool, as `spool list --json` prints it. */
export interface Waiting {
  readonly file: string
  /**
   * `ready`, `held` (recorded before the notice was shown), `recording`, or `sending`.
   */
  readonly state: string
  /** ISO 8601. */
  readonly begun: string
  readonly bytes: number
  readonly spans: number
  readonly crashes: number
  readonly destinations: readonly string[]
}

const states: Readonly<Record<string, string>> = { jsonl: 'ready', open: 'recording', claim: 'sending' }
const stateOf = ({ state }: SpoolName): string => {
  const [word = ''] = state.split('-')
  return states[word] ?? word
}

const spansIn = (path: string) =>
  decodeLines(readText(path).split('\n'))
    .flat()
    .flatMap(({ spans }) => spans)

const describe = (spool: string, name: SpoolName): Waiting[] => {
  const file = formatName(name)
  try {
    const path = join(spool, file)
    const spans = spansIn(path)
    return [
      {
        file,
        state: stateOf(name),
        begun: new Date(timeOf(name)).toISOString(),
        bytes: lstatSync(path).size,
        spans: spans.length,
        crashes: spans.filter(({ type }) => type === 'crash').length,
        destinations: name.destinations,
      },
    ]
  } catch {
    // A child may have sent and removed the file in the meantime.
    return []
  }
}

/** The names in the spool, without the marks of open runs, which are sent only if such a run is killed. */
const namesIn = (spool: string): SpoolName[] =>
  filesIn(spool)
    .flatMap((path) => parseName(basename(path)) ?? [])
    .filter(({ state }) => state !== 'marks')

/** Paths of the spool's files, oldest first. Never throws. */
export const spoolFiles = (spool: string): string[] =>
  namesIn(spool)
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((name) => join(spool, formatName(name)))

/** The files of the spool, oldest first. Never throws. */
export const waitingIn = (spool: string): Waiting[] =>
  namesIn(spool)
    .sort((a, b) => timeOf(a) - timeOf(b))
    .flatMap((name) => describe(spool, name))

const isWaiting = (spool: Spool, name: SpoolName): boolean =>
  name.state === 'held' || name.state.startsWith('claim-') || spool.isFree(name)

/** Number of files that are ready or being sent. Never throws. */
export const unsentIn = (spool: string): number =>
  namesIn(spool).filter(({ state }) => state === 'jsonl' || state.startsWith('claim')).length

/** Number of files of runs before the notice was shown. They are never sent. Never throws. */
export const heldIn = (spool: string): number => namesIn(spool).filter(({ state }) => state === 'held').length

export interface Cleared {
  readonly deleted: number
  /** How many of the files a child was sending. It sends no more of them, but may have sent some already. */
  readonly sending: number
}

const removed = (spool: string, name: SpoolName): boolean => {
  const path = join(spool, formatName(name))
  try {
    const wasThere = existsSync(path)
    removeFile(path)
    return wasThere
  } catch {
    return false
  }
}

/**
 * Removes what waits, what killed runs have left, and what a child is sending: the child checks before each request
 * whether its files still exist. Files of open runs stay.
 */
export const clear = (spool: Spool, directory: string): Cleared => {
  const cleared = { deleted: 0, sending: 0 }
  // While the others are removed, a child may claim or release a file under another name.
  for (let more = true; more;) {
    const gone = spool.names().filter((name) => isWaiting(spool, name) && removed(directory, name))
    for (const name of gone) {
      cleared.deleted += 1
      if (name.state.startsWith('claim-')) cleared.sending += 1
      if (name.state === 'open') removed(directory, marksOf(name))
    }
    more = gone.length > 0
  }
  return cleared
}
