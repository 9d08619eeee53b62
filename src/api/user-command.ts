import { shellWord } from '../machine/shell-word.ts'
import type { Options } from './options.ts'
import { defaultPlaces, type Places } from './places.ts'

/** How users start the telemetry commands of a tool. */

type Place = Exclude<keyof Places, 'xdg'>

const flags: Readonly<Record<Place, string>> = {
  directory: '--directory',
  dataDir: '--data-dir',
  envPrefix: '--env-prefix',
  logFile: '--log-file',
}

/**
 * The option `command`. Without it, the command of this package with the options that describe the tool. It is printed
 * for users to paste.
 */
export const userCommand = (options: Pick<Options, 'app' | 'command' | Place>): string => {
  if (options.command !== undefined) return options.command
  const { name } = options.app
  const defaults = defaultPlaces(name)
  const differing = Object.entries(flags).flatMap(([key, flag]) => {
    const value = options[key as Place]
    return value === undefined || value === defaults[key as Place] ? [] : [flag, shellWord(value)]
  })
  return ['npx cq-telemetry', ...(name === 'cloudquery' ? [] : ['--tool', name]), ...differing].join(' ')
}
