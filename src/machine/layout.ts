import { statOf } from './files.ts'
import { join, os, resolve } from './node.ts'
import { workingDirectory } from './working-directory.ts'

/** The names in `counted`. */
export const countedName = /^(?:(?:day|week|since)-\d{4}-\d\d-\d\d|month-\d{4}-\d\d)$/

/** All files that this package writes for one tool. `directory` is `~/.mytool/telemetry`. */
export const layoutOf = (directory: string) => ({
  directory,
  /** The user's choice and its generation (`consent/choice.ts`). */
  consent: join(directory, 'consent.json'),
  /** When the notice was shown, and what was collected then (`consent/notice.ts`). */
  notice: join(directory, 'notice'),
  /** HMAC key of the pseudonyms; never sent (`identity/pseudonyms.ts`). */
  secret: join(directory, 'secret'),
  /** Directory of the periods in which this installation was counted without an id (`identity/first-marks.ts`). */
  counted: join(directory, 'counted'),
  /** Directory of spans that are recorded and not yet sent (`spool/`). */
  spool: join(directory, 'spool'),
  /** Directory of the crash reports' counts by day (`spool/crash-limit.ts`). */
  crashes: join(directory, 'crashes'),
  /** Directory of the counts of events that had to be dropped (`spool/lost.ts`). */
  lost: join(directory, 'lost'),
  /** The run whose crash report waits to be sent (`spool/crash-note.ts`). */
  crashNote: join(directory, 'crashed'),
  /** Last result and back-off of each destination (`spool/delivery-state.ts`). */
  deliveryState: join(directory, 'delivery.json'),
  /** The publisher's control file, and when it was asked for (`controls/kept.ts`). */
  controls: join(directory, 'controls.json'),
  /** The process that is sending (`spool/drain-lock.ts`). */
  drainLock: join(directory, 'draining'),
  /** When a child was last started, and its process id (`launch/schedule.ts`). */
  lastStart: join(directory, 'started'),
  /** Its modification time is when a command last waited in vain for its events to be sent (`launch/wait.ts`). */
  waitedInVain: join(directory, 'waited'),
})

export type Layout = ReturnType<typeof layoutOf>

/** Absolute paths of a tool's files. */
export interface Paths {
  /** Undefined if the user has no home directory of their own. */
  readonly files: Layout | undefined
  /** Why there are no `files`. */
  readonly noFiles: string | undefined
  /** The user's choice. In a home that is not the user's own, only a no in it counts. */
  readonly consent: string | undefined
  /** Files that may hold the random id, in the order of reading and of writing. */
  readonly randomIds: readonly string[]
  readonly log: string
}

/** What `os.homedir()` reads first. Reading it here saves loading `node:os` (0.7 ms). */
const homeVariable = process.platform === 'win32' ? 'USERPROFILE' : 'HOME'

const randomIdFile = 'telemetry-random-id'

export interface Home {
  readonly path: string | undefined
  /** Why nothing may be written there. */
  readonly problem?: string
}

const noHome = 'there is no home directory of this user'

/** Under sudo the home may belong to another user. Files there would then belong to root, and the id to that user. */
const problemOf = (path: string): string | undefined => {
  const stats = statOf(path)
  const uid = process.geteuid?.()
  if (!stats) return noHome
  if (!stats.isDirectory()) return 'the home directory is not a directory'
  return uid === undefined || stats.uid === uid ? undefined : 'the home directory belongs to another user'
}

const findHome = (): Home => {
  try {
    const named = process.env[homeVariable] || os().homedir()
    // `resolve('')` is the working directory, which is the home of nobody.
    if (named === '') return { path: undefined, problem: noHome }
    const path = resolve(named)
    const problem = problemOf(path)
    return problem === undefined ? { path } : { path, problem }
  } catch {
    return { path: undefined, problem: noHome }
  }
}

export interface PathOptions {
  /** Directory in the home, e.g. `.mytool`. */
  readonly directory: string
  /** Second directory to search for a random id; relative to the working directory. */
  readonly dataDir: string
  readonly logFile: string
}

export const pathsFor = ({ directory, dataDir, logFile }: PathOptions, home = findHome()): Paths => {
  const tool = home.path === undefined ? undefined : join(home.path, directory)
  const layout = tool === undefined ? undefined : layoutOf(join(tool, 'telemetry'))
  const own = home.problem === undefined
  // Without a working directory, commands such as `disable` still find the files in the home.
  const base = workingDirectory() ?? home.path ?? '/'
  const data = resolve(base, dataDir)
  const locations = tool !== undefined && own ? [tool, data] : [data]
  return {
    files: own ? layout : undefined,
    noFiles: home.problem,
    consent: layout?.consent,
    randomIds: locations.map((location) => join(location, randomIdFile)),
    log: resolve(base, logFile),
  }
}
