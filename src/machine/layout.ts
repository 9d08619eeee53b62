import type { Stats } from 'node:fs'
import { isOwn } from './file-owner.ts'
import { statOf } from './read-file.ts'
import { dirname, join, os, posix, resolve, win32 } from './node.ts'
import { workingDirectory } from './working-directory.ts'

/** The names in the directory `counted`. */
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
  /** Directory of the ids whose deletion some server of the publisher has not accepted yet (`command/forget.ts`). */
  forget: join(directory, 'forget'),
  /** Directory of the crash reports' counts by day (`spool/crash-limit.ts`). */
  crashes: join(directory, 'crashes'),
  /** Directory of what `minInterval` has left out (`spool/interval-files.ts`). */
  intervals: join(directory, 'intervals'),
  /** Directory of the counts of events that had to be dropped (`spool/lost.ts`). */
  lost: join(directory, 'lost'),
  /** The run whose crash report waits to be sent (`spool/crash-note.ts`). */
  crashNote: join(directory, 'crashed'),
  /** Last result and back-off of each destination (`spool/delivery-state.ts`). */
  deliveryState: join(directory, 'delivery.json'),
  /** The publisher's control file, and when it was last requested (`controls/kept.ts`). */
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
  /** Why nothing may be written to the home. */
  readonly problem?: string
}

const noHome = 'there is no home directory of this user'

/**
 * Under sudo, the home may belong to another user. Files in it would then belong to root, and the id would be that
 * user's.
 */
const ownerProblem = (stats: Stats | undefined, called: string): string | undefined =>
  stats && !isOwn(stats) ? `${called} belongs to another user` : undefined

const problemOf = (path: string): string | undefined => {
  const stats = statOf(path)
  if (!stats) return noHome
  return stats.isDirectory() ? ownerProblem(stats, 'the home directory') : 'the home directory is not a directory'
}

const findHome = (): Home => {
  try {
    const named = process.env[homeVariable] || os().homedir()
    // `resolve('')` would be the working directory, which is not the home.
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
  /** Directory in `stateHome`, e.g. `mytool`. It replaces `directory`, unless that already has files of ours. */
  readonly xdg?: string
  /** Second directory to search for a random id; relative to the working directory. */
  readonly dataDir: string
  readonly logFile: string
}

/**
 * The directory for what programs store between their runs, according to the XDG Base Directory Specification or the
 * platform. It is not the one for configuration, which people copy to other machines: the id and the spool belong to
 * one machine. A relative value of a variable is ignored, as the specification requires.
 */
export const stateHome = (
  home: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform = process.platform,
): string => {
  const path = platform === 'win32' ? win32 : posix
  const named = (name: string) => [env[name] ?? ''].find((value) => path.isAbsolute(value))
  const own = () => {
    if (platform === 'win32') return named('LOCALAPPDATA') ?? path.join(home, 'AppData', 'Local')
    return platform === 'darwin'
      ? path.join(home, 'Library', 'Application Support')
      : path.join(home, '.local', 'state')
  }
  return named('XDG_STATE_HOME') ?? own()
}

const hasFiles = (tool: string): boolean =>
  ['telemetry', randomIdFile].some((name) => statOf(join(tool, name)) !== undefined)

/**
 * The directory in which a missing one would be made. Only root asks: under `su`, `XDG_STATE_HOME` may name a directory
 * that is still missing in the home of another user, and it would then belong to root.
 */
const wouldBeMadeIn = (path: string): Stats | undefined =>
  process.geteuid?.() === 0 ? (statOf(path) ?? wouldBeMadeIn(dirname(path))) : undefined

/** The tool's directory, and why nothing may be written to it. */
const toolIn = ({ directory, xdg }: Pick<PathOptions, 'directory' | 'xdg'>, home: Home): Home => {
  if (home.path === undefined) return home
  const inHome = join(home.path, directory)
  if (xdg === undefined || hasFiles(inHome)) return { ...home, path: inHome }
  const state = stateHome(home.path)
  const problem = home.problem ?? ownerProblem(statOf(state) ?? wouldBeMadeIn(state), 'the state directory')
  return { path: join(state, xdg), ...(problem !== undefined && { problem }) }
}

/** Whether a tool has files in the XDG directory, for a caller that knows only its name. */
export const usesXdg = (directory: string, xdg: string): boolean => {
  const { path } = toolIn({ directory, xdg }, findHome())
  return path !== undefined && hasFiles(path)
}

export const pathsFor = ({ dataDir, logFile, ...options }: PathOptions, home = findHome()): Paths => {
  const { path: tool, problem } = toolIn(options, home)
  const layout = tool === undefined ? undefined : layoutOf(join(tool, 'telemetry'))
  const own = problem === undefined
  // Without a working directory, commands such as `disable` still find the files in the home.
  const base = workingDirectory() ?? home.path ?? '/'
  const data = resolve(base, dataDir)
  const locations = tool !== undefined && own ? [tool, data] : [data]
  return {
    files: own ? layout : undefined,
    noFiles: problem,
    consent: layout?.consent,
    randomIds: locations.map((location) => join(location, randomIdFile)),
    log: resolve(base, logFile),
  }
}
