import { join, resolve } from 'node:path'
import { os } from '../builtin.ts'
import { statOf } from './files.ts'

/** Where things lie. All of it in the home, save the random id, which may also lie in the data directory. */
export interface Paths {
  /** The tool's directory in the home, e.g. `~/.cq`; undefined where there is no home of this user's. */
  readonly home: string | undefined
  readonly consent: string | undefined
  readonly spool: string | undefined
  /** In the order in which they are read, and written. */
  readonly randomIds: readonly string[]
  readonly log: string
}

const idFile = 'telemetry-random-id'

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

export const pathsFor = (
  { directory, dataDir, logFile }: { readonly directory: string; readonly dataDir: string; readonly logFile: string },
  userHome = ownHome(),
): Paths => {
  const home = userHome === undefined ? undefined : join(userHome, directory)
  const locations = home === undefined ? [resolve(dataDir)] : [home, resolve(dataDir)]
  return {
    home,
    consent: home && join(home, 'telemetry', 'consent.json'),
    spool: home && join(home, 'telemetry', 'spool'),
    randomIds: locations.map((location) => join(location, idFile)),
    log: resolve(logFile),
  }
}
