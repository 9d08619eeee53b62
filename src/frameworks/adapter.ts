import { instrument, type Options, type Telemetry, telemetryFlags } from '../index.ts'

/** What the adapters of the frameworks have in common. */

/** Those of `instrument()`. Names of operations need not be declared: the commands of the program are public. */
export type AdapterOptions = Omit<Options, 'command'>

/** The command that each adapter adds to the program. */
export const telemetryCommand = {
  name: 'telemetry',
  description: 'see and choose what this tool sends: status, view, enable, disable, id, spool, flush, doctor',
} as const

/** A name for what the user asked for: the words of the program, without what stood between them. */
const operationName = (words: readonly string[], app: string): string =>
  words.length > 0 ? words.join(' ').toLowerCase() : app

export interface Adapter {
  readonly telemetry: Telemetry
  /** Runs a command of the program as an operation. `words` is its path in the program, without arguments. */
  readonly run: <T>(words: readonly string[], action: () => T) => T
  /** Notes a mistake in how the program was called; `kind` is one of the names in the table, never what was typed. */
  readonly usageError: (kind: UsageKind) => void
  /** Runs `<tool> telemetry …`. */
  readonly runTelemetry: (args: readonly string[]) => Promise<void>
}

export type UsageKind =
  'UsageError' | 'UnknownCommandError' | 'UnknownOptionError' | 'MissingArgumentError' | 'InvalidArgumentError'

const declares = (declared: NonNullable<Options['publicNames']>['operations'], name: string): boolean =>
  typeof declared === 'function' ? declared(name) : (declared?.includes(name) ?? false)

/** A program that ends with another code than 0 before any of its commands began was called in a wrong way. */
const watchUsage = (telemetry: Telemetry, began: () => boolean): void => {
  process.prependOnceListener('exit', (code) => {
    if (code !== 0 && !began()) telemetry.error({ name: 'UsageError' satisfies UsageKind })
  })
}

const isFlag = (argument: string): boolean => telemetryFlags().some(({ flags }) => argument.startsWith(flags))

/** Who looks at telemetry, or says no to it, is not recorded doing so. */
const isLooking = (argv: readonly string[]): boolean =>
  argv.find((argument) => !argument.startsWith('-')) === telemetryCommand.name

/** Begins the run. Throws a TypeError for a wrong option. */
export const adapt = (options: AdapterOptions, { watchesUsage }: { readonly watchesUsage: boolean }): Adapter => {
  const words = new Set<string>()
  const { app, publicNames } = options
  const argv = options.argv ?? process.argv.slice(2)
  const ownOptions: Options = {
    ...options,
    command: `${app?.name} ${telemetryCommand.name}`,
    publicNames: {
      ...publicNames,
      operations: (name) => words.has(name) || declares(publicNames?.operations, name),
    },
  }
  const telemetry = instrument(isLooking(argv) ? { ...ownOptions, argv: ['--no-telemetry'] } : ownOptions)
  let began = false
  if (watchesUsage && telemetry.enabled) watchUsage(telemetry, () => began)
  return {
    telemetry,
    run: (path, action) => {
      began = true
      const name = operationName(path, app.name)
      words.add(name)
      return telemetry.operation(name, action)
    },
    usageError: (kind) => {
      began = true
      telemetry.error({ name: kind })
    },
    runTelemetry: async (args) => {
      began = true
      const { runTelemetryCommand } = await import('../command/index.ts')
      process.exitCode = await runTelemetryCommand(
        args.filter((argument) => !isFlag(argument)),
        ownOptions,
      )
    },
  }
}
