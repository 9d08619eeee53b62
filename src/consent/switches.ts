import { captureVariable, childVariable } from '../machine/variables.ts'

/** The three flags and their variables, in one place: what a switch is, when it is set, and what it is called. */

export const flags = {
  off: '--no-telemetry',
  inspect: '--inspect-telemetry',
  debug: '--debug-telemetry',
} as const

const variables = { off: 'NO_TELEMETRY', inspect: 'INSPECT_TELEMETRY', debug: 'DEBUG_TELEMETRY' } as const

type Environment = Readonly<Record<string, string | undefined>>

/** Set, unless it is empty or says no: an unclear value counts as set, since each switch only ever sends less. */
export const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase())

/**
 * `--flag` or `--flag=value` anywhere up to `--`, where the user's own operands begin. `--flag=` is doubtful (a variable
 * of the shell that was not set), and the flag was written by hand: it counts.
 */
const isGiven = (argv: readonly string[], flag: string): boolean => {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).some(
    (argument) =>
      argument === flag ||
      argument === `${flag}=` ||
      (argument.startsWith(`${flag}=`) && isSet(argument.slice(flag.length + 1))),
  )
}

export interface Switches {
  /** The name of the flag or variable that switches telemetry off for this run. */
  readonly off: string | undefined
  readonly inspect: boolean
  readonly debug: boolean
}

const named = (env: Environment, name: string): string | undefined => (isSet(env[name]) ? name : undefined)

/** OpenTelemetry's own booleans are true only for `true`. */
const sdkDisabled = (env: Environment): string | undefined =>
  env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' ? 'OTEL_SDK_DISABLED' : undefined

/** The file that a test captures this run in, if it does. */
export const captureFile = (env: Environment): string | undefined => env[captureVariable] || undefined

/** Each switch only ever sends less, so none undoes another: `--no-telemetry=false` leaves the variables in force. */
export const readSwitches = (argv: readonly string[], env: Environment, prefix: string): Switches => {
  const read = (which: keyof typeof flags): string | undefined =>
    isGiven(argv, flags[which]) ? flags[which] : named(env, `${prefix}_${variables[which]}`)
  return {
    off: read('off') ?? named(env, 'DO_NOT_TRACK') ?? sdkDisabled(env) ?? named(env, childVariable),
    inspect: read('inspect') !== undefined || captureFile(env) !== undefined,
    debug: read('debug') !== undefined,
  }
}

/** The flags, for the host's own parser: they are read from `argv`, but the parser must know them too. */
export const telemetryFlags = (): readonly { readonly flags: string; readonly description: string }[] => [
  { flags: flags.off, description: 'send no anonymous usage data and no crash reports' },
  { flags: flags.inspect, description: 'write what would be sent to the log file, and send nothing' },
  { flags: flags.debug, description: 'show errors of the telemetry itself' },
]
