import type { Options } from './options.ts'

/** The names that keep a tool's files and variables apart from those of other tools. */
export interface Places {
  /** Directory in the home. */
  readonly directory: string
  /**
   * With `directory: 'xdg'`: the directory among those of other programs. Then `directory` is used only if it already
   * holds files of ours.
   */
  readonly xdg?: string
  /** Second directory that may hold a random id; relative to the working directory. */
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

/** The value of the option `directory` that selects the platform's own place for such files. */
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
