import type { Options } from './options.ts'

/** The names by which a tool's files and variables are told from those of any other tool. */
export interface Places {
  /** Directory in the home. */
  readonly directory: string
  /** With `directory: 'xdg'`, the directory among those of other programs; then `directory` is used only if it has files of ours. */
  readonly xdg?: string
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

/** The value of the option `directory` for the place that the platform has for such files. */
export const xdg = 'xdg'

type Given = Partial<Record<'directory' | 'dataDir' | 'envPrefix' | 'logFile', string | undefined>>

export const placesFor = (app: string, { directory, dataDir, envPrefix, logFile }: Given): Places => {
  const defaults = defaultPlaces(app)
  return {
    directory: directory === undefined || directory === xdg ? defaults.directory : directory,
    ...(directory === xdg && { xdg: app }),
    dataDir: dataDir ?? defaults.dataDir,
    envPrefix: envPrefix ?? defaults.envPrefix,
    logFile: logFile ?? defaults.logFile,
  }
}

export const placesOf = (options: Options): Places => placesFor(options.app.name, options)
