import type { Options } from '../api/options.ts'
import { defaultPlaces, type Places, placesOf } from '../api/places.ts'
import { appName } from '../schema/shapes.ts'
import { type Layout, type Paths, pathsFor } from '../machine/layout.ts'

/** What a command works on: the files of a tool, and what is known of the tool. */
export interface Setting extends Places {
  /** What the user types before the name of a command, e.g. `mytool telemetry`. */
  readonly name: string
  /** Those of the tool that the command is a part of. */
  readonly options?: Options
}

/** The setting of a command that is part of a tool. */
export const settingOf = (name: string, options: Options): Setting => ({ name, ...placesOf(options), options })

/** The setting of a tool that is only known by its name. Each of the tool's places may be given apart. */
export const settingFor = (name: string, option: string, tool: string, given: Partial<Places>): Setting => {
  if (!appName().accepts(tool))
    throw new UsageError(`${option} must be the name of a tool in lower-case letters, such as "mytool"`)
  return { name, ...defaultPlaces(tool), ...given }
}

export type Located = Paths & { readonly files: Layout }

/** Throws an error that names the remedy where the user has no home. */
export const locate = (setting: Setting): Located => {
  const { files, ...paths } = pathsFor(setting)
  if (files === undefined) throw new Error('there is no home directory of this user: set HOME')
  return { ...paths, files }
}

/** A mistake in how a command was called, in the place of one in what it did: the exit code tells them apart. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** 0 is fine. */
export const exitCodes = { failed: 1, usage: 2 } as const
export type ExitCode = 0 | (typeof exitCodes)[keyof typeof exitCodes]

export const print = (json: boolean | undefined, value: unknown, text: () => string): void =>
  console.log(json ? JSON.stringify(value, undefined, 1) : text())

export interface Json {
  readonly json?: boolean
}
