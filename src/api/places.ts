import type { Options } from './options.ts'

/** The names by which a tool's files and variables are told from those of any other tool. */
export interface Places {
  /** Directory in the home. */
  readonly directory: string
  /** Second directory in which a random id is looked for; relative to the working directory. */
  readonly dataDir: string
  /** Prefix of the tool's variables, without the underscore. */
  readonly envPrefix: string
  /** File that `--inspect-telemetry` writes; relative to the working directory. */
  readonly logFile: string
}

/** CloudQuery's names are older than this package. */
const cloudquery: Places = { directory: '.cq', dataDir: '.cq', envPrefix: 'CQ', logFile: 'cloudquery.log' }

/** `mytool`: `~/.mytool`, `./.mytool`, `MYTOOL_…` and `mytool-telemetry.log`. */
export const defaultPlaces = (app: string): Places => {
  if (app === 'cloudquery') return cloudquery
  return {
    directory: `.${app}`,
    dataDir: `.${app}`,
    envPrefix: app.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_'),
    logFile: `${app}-telemetry.log`,
  }
}

export const placesOf = ({ app, directory, dataDir, envPrefix, logFile }: Options): Places => {
  const defaults = defaultPlaces(app.name)
  return {
    directory: directory ?? defaults.directory,
    dataDir: dataDir ?? defaults.dataDir,
    envPrefix: envPrefix ?? defaults.envPrefix,
    logFile: logFile ?? defaults.logFile,
  }
}
