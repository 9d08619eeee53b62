import { captureVariable, childVariable, isSet } from '../machine/variables.ts'

/** The three command-line flags, the variables with the same meaning, and when each counts as set. */

export const flags = {
  off: '--no-telemetry',
  inspect: '--inspect-telemetry',
  debug: '--debug-telemetry',
} as const

const variables = { off: 'NO_TELEMETRY', inspect: 'INSPECT_TELEMETRY', debug: 'DEBUG_TELEMETRY' } as const

type Environment = Readonly<Record<string, string | undefined>>

/** The arguments up to `--`, where the user's operands begin. */
const beforeOperands = (argv: readonly string[]): readonly string[] => {
  // A command may have thousands of arguments, which are checked again before each write. So one pass skips the rest if
  // no argument matches.
  if (!argv.some((argument) => argument.startsWith('--') && /telemetry/i.test(argument))) return []
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

/** `--noTelemetry`: yargs and citty accept a flag in this form too. */
const camelCase = (flag: string): string =>
  `--${flag.slice(2).replaceAll(/-[a-z]/g, (pair) => pair.slice(1).toUpperCase())}`

/**
 * Finds `--flag` or `--flag=value`. `--flag=` counts as set: the value was probably an unset shell variable, but the
 * user did write the flag.
 */
const isGiven = (argv: readonly string[], flag: string): boolean =>
  [flag, camelCase(flag)].some((name) =>
    argv.some(
      (argument) =>
        argument === name ||
        argument === `${name}=` ||
        (argument.startsWith(`${name}=`) && isSet(argument.slice(name.length + 1))),
    ),
  )

const yes = '--telemetry'

/**
 * Finds a no in the positive form of the flag. With `=`, any value except `true` is a no: yargs reads each of them as
 * false. A separate value must be a word for no, because only yargs takes it as a value. For other parsers it is an
 * operand.
 */
const isDenied = (argv: readonly string[]): boolean =>
  argv.some((argument, index) => {
    const next = argv[index + 1]
    if (argument === yes) return next !== undefined && next !== '' && !isSet(next)
    return argument.startsWith(`${yes}=`) && argument !== `${yes}=true`
  })

export interface Switches {
  /** The name of the flag or variable that switches telemetry off for this run. */
  readonly off: string | undefined
  readonly inspect: boolean
  readonly debug: boolean
}

/** An unclear value counts as set, because a switch can only make less data leave. */
const nameIfSet = (env: Environment, name: string): string | undefined => (isSet(env[name]) ? name : undefined)

/** OpenTelemetry's specification: a boolean variable is true only for `true`. */
const sdkDisabled = (env: Environment): string | undefined =>
  env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' ? 'OTEL_SDK_DISABLED' : undefined

/** The file that `cq-telemetry/testing` captures this run in; undefined if it does not. */
export const captureFile = (env: Environment): string | undefined => env[captureVariable] || undefined

/** Reads all switches. No switch cancels another: with `--no-telemetry=false`, the variables stay in force. */
export const readSwitches = (argv: readonly string[], env: Environment, prefix: string): Switches => {
  const given = beforeOperands(argv)
  const read = (which: keyof typeof flags): string | undefined =>
    isGiven(given, flags[which]) ? flags[which] : nameIfSet(env, `${prefix}_${variables[which]}`)
  return {
    off:
      (isDenied(given) ? flags.off : read('off')) ??
      nameIfSet(env, 'DO_NOT_TRACK') ??
      sdkDisabled(env) ??
      nameIfSet(env, childVariable),
    inspect: read('inspect') !== undefined || captureFile(env) !== undefined,
    debug: read('debug') !== undefined,
  }
}

/**
 * The three telemetry flags with their descriptions. Declare them in your own parser, so that the help shows them and
 * the parser accepts them. You need not read their values: `instrument()` finds them in `argv`.
 */
export const telemetryFlags = (): readonly { readonly flags: string; readonly description: string }[] => [
  { flags: flags.off, description: 'send no anonymous usage data and no crash reports' },
  { flags: flags.inspect, description: 'show what would be sent, and send nothing' },
  { flags: flags.debug, description: 'print what telemetry does, and why' },
]
