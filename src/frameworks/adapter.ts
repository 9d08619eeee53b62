import { instrument, type Options, type Telemetry, telemetryFlags } from '../index.ts'

/** The part that the adapters of all frameworks share. */

/**
 * The options of `instrument()`. The names of the program's own commands are public, so they need not be declared in
 * `publicNames.operations`.
 */
export type AdapterOptions = Omit<Options, 'command'>

/** The command that each adapter adds to the program. */
export const telemetryCommand = {
  name: 'telemetry',
  description: 'see and choose what this tool sends: status, view, enable, disable, id, spool, flush, doctor',
} as const

/** The name of an operation: the words of the command's path, without the arguments. */
const operationName = (words: readonly string[], app: string): string =>
  words.length > 0 ? words.join(' ').toLowerCase() : app

export interface Adapter {
  readonly telemetry: Telemetry
  /** Runs a command of the program as an operation. `path` is its path in the program, without arguments. */
  readonly run: <T>(path: readonly string[], action: () => T) => T
  /**
   * Records that the user called the program wrongly. `kind` is one of a fixed set of names, never the user's input.
   */
  readonly usageError: (kind: UsageKind) => void
  /**
   * Takes over what the program's own parser has read, by the names of its options in camel case. The parser may know
   * more ways of saying no than the arguments show: a short flag, an alias, a variable, a configuration file.
   */
  readonly heed: (parsed: Readonly<Record<string, unknown>>) => void
  /** Runs `<tool> telemetry …`. */
  readonly runTelemetry: (args: readonly string[]) => Promise<void>
}

export type UsageKind =
  'UsageError' | 'UnknownCommandError' | 'UnknownOptionError' | 'MissingArgumentError' | 'InvalidArgumentError'

const declares = (declared: NonNullable<Options['publicNames']>['operations'], name: string): boolean =>
  typeof declared === 'function' ? declared(name) : (declared?.includes(name) ?? false)

/** Assumes that the user called the program wrongly if it fails before any of its commands has started. */
const watchUsage = (telemetry: Telemetry, hasStarted: () => boolean): void => {
  process.prependOnceListener('exit', (code) => {
    if (code !== 0 && !hasStarted()) telemetry.error({ name: 'UsageError' satisfies UsageKind })
  })
}

const isFlag = (argument: string): boolean => telemetryFlags().some(({ flags }) => argument.startsWith(flags))

/** The telemetry commands themselves, such as `status` or `disable`, are not recorded. */
const isTelemetryCommand = (argv: readonly string[]): boolean =>
  argv.find((argument) => !argument.startsWith('-')) === telemetryCommand.name

/**
 * Starts telemetry for a program. `watchesUsage` is for frameworks that do not report wrong usage. Throws a TypeError
 * for a wrong option.
 */
export const adapt = (options: AdapterOptions, { watchesUsage }: { readonly watchesUsage: boolean }): Adapter => {
  const commandNames = new Set<string>()
  const { app, publicNames } = options
  // A copy: the flags that the parser has read are added.
  const argv = [...(options.argv ?? process.argv.slice(2))]
  const ownOptions: Options = {
    ...options,
    argv,
    command: `${app?.name} ${telemetryCommand.name}`,
    publicNames: {
      ...publicNames,
      operations: (name) => commandNames.has(name) || declares(publicNames?.operations, name),
    },
  }
  const telemetry = instrument(isTelemetryCommand(argv) ? { ...ownOptions, argv: ['--no-telemetry'] } : ownOptions)
  let started = false
  if (watchesUsage && telemetry.enabled) watchUsage(telemetry, () => started)
  return {
    telemetry,
    run: (path, action) => {
      started = true
      const name = operationName(path, app.name)
      commandNames.add(name)
      return telemetry.operation(name, action)
    },
    heed: ({ telemetry: wanted, noTelemetry, inspectTelemetry }) => {
      if (wanted === false || noTelemetry === true) argv.unshift('--no-telemetry')
      if (inspectTelemetry === true) argv.unshift('--inspect-telemetry')
    },
    usageError: (kind) => {
      started = true
      telemetry.error({ name: kind })
    },
    runTelemetry: async (args) => {
      started = true
      const { runTelemetryCommand } = await import('../command/index.ts')
      process.exitCode = await runTelemetryCommand(
        args.filter((argument) => !isFlag(argument)),
        ownOptions,
      )
    },
  }
}
