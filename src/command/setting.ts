import type { Options } from '../api/options.ts'
import { defaultPlaces, type Places, placesFor, placesOf, xdg } from '../api/places.ts'
import { escapeJson, escapeLines } from '../machine/visible.ts'
import { userCommand } from '../api/user-command.ts'
import { paintFor } from '../inspect/paint.ts'
import { forStderr } from './layout.ts'
import { appName } from '../schema/shapes.ts'
import { type Layout, type Paths, pathsFor, usesXdg } from '../machine/layout.ts'
import { writeWhole } from '../machine/output.ts'

/** The tool that a command works on. */
export interface Setting extends Places {
  /** What the user types before the name of a command, e.g. `mytool telemetry`. */
  readonly name: string
  /** The name of the tool. */
  readonly tool: string
  /** `name` in a form that a user can paste anywhere, e.g. `npx cq-telemetry --tool mytool`. */
  readonly typed: string
  /** The tool's options of `instrument()`, if the command is part of that tool. */
  readonly options?: Options
}

/** For a command that is part of a tool. */
export const settingOf = (name: string, options: Options): Setting => ({
  name,
  tool: options.app.name,
  typed: options.command ?? name,
  ...placesOf(options),
  options,
})

/**
 * For a tool whose name alone is known. `places` replaces the defaults that follow from that name. Throws a UsageError
 * that names `option` if `tool` is not a valid name.
 */
export const settingFor = (name: string, option: string, tool: string, places: Partial<Places>): Setting => {
  if (!appName().accepts(tool))
    throw new UsageError(`${option} must be the name of a tool in lower-case letters, such as "mytool"`)
  const typed = userCommand({ app: { name: tool, version: '' }, ...places })
  const found = usesXdg(defaultPlaces(tool).directory, tool) ? { directory: xdg } : {}
  return { name, tool, typed, ...placesFor(tool, { ...found, ...places }) }
}

/** The paths of a tool's files for a user who has a home. */
export type Located = Paths & { readonly files: Layout }

/** Throws an error that names the remedy if the user has no home. */
export const locate = (setting: Setting): Located => {
  const { files, ...paths } = pathsFor(setting)
  if (files === undefined) throw new Error(`${String(paths.noFiles)}: ${remedyFor(paths)}`)
  return { ...paths, files }
}

/** The remedy if the home, or the state directory, cannot be used. */
export const remedyFor = ({ noFiles = '' }: Pick<Paths, 'noFiles'>): string =>
  `set ${noFiles.startsWith('the state') ? 'XDG_STATE_HOME' : 'HOME'} to a directory of yours`

/** Thrown if a command was called wrongly. Its exit code differs from that of any other error. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The exit codes other than 0 (success). */
export const exitCodes = { failed: 1, usage: 2 } as const
export type ExitCode = 0 | (typeof exitCodes)[keyof typeof exitCodes]

export const print = (json: boolean | undefined, value: unknown, text: () => string): void =>
  writeWhole(
    1,
    json
      ? `${escapeJson(JSON.stringify(value, undefined, 1))}\n`
      : escapeLines(`${text()}\n`, paintFor(process.stdout).isColorSupported),
  )

/** Prints a message beside the output of a command, on standard error. */
export const say = (text: string): void => writeWhole(2, escapeLines(`${forStderr(text)}\n`))

export interface Json {
  readonly json?: boolean
}
