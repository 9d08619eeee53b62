import type { Options } from '../options.ts'
import { pathsFor, type Paths } from '../policy/paths.ts'

/** What a command works on: the files of a tool, and what is known of the tool. */
export interface Setting {
  /** What the user types before the name of a command, e.g. `mytool telemetry`. */
  readonly name: string
  readonly directory: string
  readonly dataDir: string
  readonly envPrefix: string
  readonly logFile: string
  /** Those of the tool that the command is a part of. */
  readonly options?: Options
}

export type Located = Paths & { readonly home: string; readonly consent: string; readonly spool: string }

/** Throws an error that names the remedy where the user has no home. */
export const locate = (setting: Setting): Located => {
  const { home, consent, spool, ...paths } = pathsFor(setting)
  if (home === undefined || consent === undefined || spool === undefined)
    throw new Error('there is no home directory of this user: set HOME')
  return { ...paths, home, consent, spool }
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
