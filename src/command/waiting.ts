import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { removeFile } from '../machine/files.ts'
import { decodeLines } from '../otlp/decode.ts'
import { formatName, parseName, type SpoolName, timeOf } from '../spool/name.ts'

/** A file of the spool, as a user wants to see it. */
export interface Waiting {
  readonly file: string
  /** `ready`, `held` until the notice is shown, `recording` by a run, `sending` by a child, or a `mark` of one. */
  readonly state: string
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
  decodeLines(readFileSync(path, 'utf8').split('\n'))
    .flat()
    .flatMap(({ spans }) => spans)

const look = (spool: string, name: SpoolName): Waiting[] => {
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
    // A child has sent it in the meantime.
    return []
  }
}

const namesIn = (spool: string): SpoolName[] => {
  try {
    return readdirSync(spool).flatMap((name) => parseName(name) ?? [])
  } catch {
    return []
  }
}

/** Paths of what lies in the spool, oldest first; marks are of runs that are at work. Never throws. */
export const spoolFiles = (spool: string): string[] =>
  namesIn(spool)
    .filter(({ state }) => !state.startsWith('mark'))
    .sort((a, b) => timeOf(a) - timeOf(b))
    .map((name) => join(spool, formatName(name)))

/** What lies in the spool, oldest first. Never throws. */
export const waitingIn = (spool: string): Waiting[] =>
  namesIn(spool)
    .sort((a, b) => timeOf(a) - timeOf(b))
    .flatMap((name) => look(spool, name))

/** Removes what waits; what a run or a child is at work on stays theirs. Returns how many files it were. */
export const clear = (spool: string): number => {
  const names = namesIn(spool).filter(({ state }) => state === 'jsonl' || state === 'held')
  for (const name of names) removeFile(join(spool, formatName(name)))
  return names.length
}
