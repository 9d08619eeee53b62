import { entriesIn, makeOwnDirectory } from '../machine/directory.ts'
import { openNew, removeFile } from '../machine/write-file.ts'
import { fs, join } from '../machine/node.ts'
import { countedName } from '../machine/layout.ts'
import { type FirstMarks, isCountable, type Kept, markFirsts, wouldMark } from './periods.ts'

/** A directory in the home whose file names say in which periods this installation was counted. The files are empty. */

const namesIn = (directory: string): string[] =>
  entriesIn(directory).flatMap((entry) => (countedName.test(entry.name) ? [entry.name] : []))

const filesOf = (directory: string): Kept => ({
  names: () => namesIn(directory),
  create: (name) => {
    try {
      fs.closeSync(openNew(join(directory, name)))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  },
  remove: (name) => {
    try {
      removeFile(join(directory, name))
    } catch {
      // A name that cannot be removed, such as a directory, stays, and the run is still counted.
    }
  },
})

export interface MarkOptions {
  /** Undefined if the user has no home, or in CI, where there is no user. Then the run is not marked. */
  readonly directory: string | undefined
  /** Whether the run is sent, so that its marks are used up. May throw. */
  readonly isSent: () => boolean
  /** When the run began. Unix time in milliseconds. */
  readonly started: number
}

/** Whether this run is the first of its day, week and month; empty if that cannot be stored. Never throws. */
export const firstMarks = ({ directory, isSent, started }: MarkOptions, now = Date.now()): Partial<FirstMarks> => {
  if (directory === undefined || !isCountable(started) || !isCountable(now)) return {}
  try {
    if (!isSent()) return wouldMark(namesIn(directory), started, now)
    makeOwnDirectory(directory)
    return markFirsts(filesOf(directory), started, now)
  } catch {
    return {}
  }
}

/**
 * The last periods in which this installation was counted, and since when it is in use. ISO dates; null if it was not
 * counted.
 */
export interface Counted {
  readonly day: string | null
  readonly week: string | null
  readonly month: string | null
  readonly since: string | null
}

/** Reads the counted periods. Creates nothing. */
export const countedIn = (directory: string): Counted => {
  const names = namesIn(directory).sort()
  const dates = (kind: string) =>
    names.filter((name) => name.startsWith(`${kind}-`)).map((name) => name.slice(kind.length + 1))
  return {
    day: dates('day').at(-1) ?? null,
    week: dates('week').at(-1) ?? null,
    month: dates('month').at(-1) ?? null,
    since: dates('since')[0] ?? null,
  }
}
