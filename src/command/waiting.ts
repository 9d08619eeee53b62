import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesIn, removeFile } from '../machine/files.ts'
import { decodeLines } from '../otlp/decode.ts'
import { readText } from '../spool/lines.ts'
import { formatName, parseName, type SpoolName, timeOf } from '../spool/name.ts'

/** A file of the spool, as `spool list --json` prints it. */
export interface Waiting {
  readonly file: string
  /**
   * `ready`, `held` (recorded before the notice was shown), `recording`, `sending`, or `mark` (of a run in progress).
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
        bytes: statSync(path).size,
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

const namesIn = (spool: string): SpoolName[] => filesIn(spool).flatMap((path) => parseName(basename(path)) ?? [])

/** Paths of the spool's files, oldest first, without the marks of runs in progress. Never throws. */
export const spoolFiles = (spool: string): string[] =>
  namesIn(spool)
    .filter(({ state }) => !state.startsWith('mark'))
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((name) => join(spool, formatName(name)))

/** The files of the spool, oldest first. Never throws. */
export const waitingIn = (spool: string): Waiting[] =>
  namesIn(spool)
    .sort((a, b) => timeOf(a) - timeOf(b))
    .flatMap((name) => describe(spool, name))

/** Removes the files that no run or child is using. Returns their number. */
export const clear = (spool: string): number => {
  const names = namesIn(spool).filter(({ state }) => state === 'jsonl' || state === 'held')
  for (const name of names) removeFile(join(spool, formatName(name)))
  return names.length
}
