import { captureVariable, childVariable } from '../machine/variables.ts'

/** The three command-line flags, the variables that mean the same, and when each counts as set. */

export const flags = {
  off: '--no-telemetry',
  inspect: '--inspect-telemetry',
  debug: '--debug-telemetry',
} as const

const variables = { off: 'NO_TELEMETRY', inspect: 'INSPECT_TELEMETRY', debug: 'DEBUG_TELEMETRY' } as const

type Environment = Readonly<Record<string, string | undefined>>

/** An unclear value counts as set, because a switch can only make less data leave. */
export const isSet = (value: string | undefined): boolean =>
  value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase())

/**
 * Finds `--flag` or `--flag=value` anywhere up to `--`, where the user's operands begin. `--flag=` counts as set: the value
 * was probably an unset shell variable, but the user did write the flag.
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

const nameIfSet = (env: Environment, name: string): string | undefined => (isSet(env[name]) ? name : undefined)

/** OpenTelemetry's specification: a boolean variable is true only for `true`. */
const sdkDisabled = (env: Environment): string | undefined =>
  env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' ? 'OTEL_SDK_DISABLED' : undefined

/** The file in which `cq-telemetry/testing` captures this run, if it does. */
export const captureFile = (env: Environment): string | undefined => env[captureVariable] || undefined

/** No switch undoes another: `--no-telemetry=false` leaves the variables in force. */
export const readSwitches = (argv: readonly string[], env: Environment, prefix: string): Switches => {
  const read = (which: keyof typeof flags): string | undefined =>
    isGiven(argv, flags[which]) ? flags[which] : nameIfSet(env, `${prefix}_${variables[which]}`)
  return {
    off: read('off') ?? nameIfSet(env, 'DO_NOT_TRACK') ?? sdkDisabled(env) ?? nameIfSet(env, childVariable),
    inspect: read('inspect') !== undefined || captureFile(env) !== undefined,
    debug: read('debug') !== undefined,
  }
}

/**
 * The three telemetry flags with their descriptions, to declare in the host's own parser. Their values are read from
 * `argv`; declared, they appear in the help and are not rejected as unknown.
 */
export const telemetryFlags = (): readonly { readonly flags: string; readonly description: string }[] => [
  { flags: flags.off, description: 'send no anonymous usage data and no crash reports' },
  { flags: flags.inspect, description: 'write what would be sent to the log file, and send nothing' },
  { flags: flags.debug, description: 'show errors of the telemetry itself' },
]
