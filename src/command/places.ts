import { pathsFor } from '../policy/paths.ts'

/** Where a tool keeps its telemetry, by the options of the command. */
export interface Places {
  readonly directory: string
  readonly dataDir: string
  readonly envPrefix: string
}

export interface Located {
  readonly consent: string
  readonly spool: string
  readonly randomIds: readonly string[]
}

/** Throws an error that names the remedy where the user has no home. */
export const locate = ({ directory, dataDir }: Places): Located => {
  const { consent, spool, randomIds } = pathsFor({ directory, dataDir, logFile: 'cloudquery.log' })
  if (consent === undefined || spool === undefined) throw new Error('there is no home directory of this user: set HOME')
  return { consent, spool, randomIds }
}
