import { join, resolve } from 'node:path'
import { statOf } from './files.ts'
import { os } from './node.ts'

/** Every file that this package keeps for a tool, below `~/.mytool/telemetry`. */
export const layoutOf = (directory: string) => ({
  directory,
  /** The user's choice and its generation (`consent/choice.ts`). */
  consent: join(directory, 'consent.json'),
  /** When the notice was shown (`consent/notice.ts`). */
  notice: join(directory, 'notice'),
  /** Key of the pseudonyms; it is never sent (`identity/pseudonyms.ts`). */
  secret: join(directory, 'secret'),
  /** Folder of what is recorded and not yet sent (`spool/`). */
  spool: join(directory, 'spool'),
  /** Folder of counts of crash reports by day (`spool/crash-limit.ts`). */
  crashes: join(directory, 'crashes'),
  /** The run whose crash report waits (`spool/crash-note.ts`). */
  crashNote: join(directory, 'crashed'),
  /** How delivery to each destination went (`spool/delivery-state.ts`). */
  deliveryState: join(directory, 'delivery.json'),
  /** The process that is sending (`spool/drain-lock.ts`). */
  drainLock: join(directory, 'draining'),
  /** Its age is the time since a child was last started (`launch/schedule.ts`). */
  lastStart: join(directory, 'started'),
})

export type Layout = ReturnType<typeof layoutOf>

/** Where the files of a tool are. */
export interface Paths {
  /** Undefined where the user has no home of their own. */
  readonly files: Layout | undefined
  /** Files that may hold the random id, in the order in which they are read and written. */
  readonly randomIds: readonly string[]
  readonly log: string
}

const randomIdFile = 'telemetry-random-id'

/** Under sudo the home may be another user's: files left there would be root's, and the id another person's. */
const ownHome = (): string | undefined => {
  try {
    const home = os().homedir()
    const stats = statOf(home)
    const uid = process.geteuid?.()
    return stats?.isDirectory() && (uid === undefined || stats.uid === uid) ? home : undefined
  } catch {
    return undefined
  }
}

export interface PathOptions {
  /** Directory in the home. */
  readonly directory: string
  /** Second directory in which a random id is looked for; relative to the working directory. */
  readonly dataDir: string
  readonly logFile: string
}

export const pathsFor = ({ directory, dataDir, logFile }: PathOptions, userHome = ownHome()): Paths => {
  const home = userHome === undefined ? undefined : join(userHome, directory)
  const locations = home === undefined ? [resolve(dataDir)] : [home, resolve(dataDir)]
  return {
    files: home === undefined ? undefined : layoutOf(join(home, 'telemetry')),
    randomIds: locations.map((location) => join(location, randomIdFile)),
    log: resolve(logFile),
  }
}
