// Named for the declarations of CommonJS hosts: citty has ES modules alone.
import type { CommandDef, SubCommandsDef } from 'citty' with { 'resolution-mode': 'import' }
import {
  type Adapter,
  type AdapterOptions,
  argsOfTelemetryCommand,
  asideOfArguments,
  startAdapter,
  telemetryCommand,
  telemetryFlags,
} from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>)

/** An adapter that knows whose turn it is: citty's, which reads the arguments, or the host's. */
interface Turns extends Adapter {
  parsing: boolean
  /** Its command `telemetry` has run, after which citty would run the program's own `run`. */
  done: boolean
}

/** Maps a value that citty may get from a function or a promise. Lazily, as citty does. */
const mapLazily =
  <T, R>(value: Resolvable<T> | undefined, map: (value: T | undefined) => R) =>
  async (): Promise<R> =>
    map(await (typeof value === 'function' ? (value as () => T | Promise<T>)() : value))

/** For the help alone: citty reads `--no-telemetry` as `telemetry: false`, whatever is declared. */
const flagArgs = (args: CommandDef['args'] | undefined) =>
  Object.fromEntries(
    telemetryFlags()
      .map(({ flags, description }) => [flags.replace(/^--/, ''), { type: 'boolean', description }] as const)
      .filter(([name]) => !Object.hasOwn(args ?? {}, name)),
  )

const wrapSubCommands = (commands: SubCommandsDef | undefined, path: readonly string[], turns: Turns): SubCommandsDef =>
  Object.fromEntries(
    Object.entries(commands ?? {}).map(([name, command]) => [
      name,
      async () => {
        turns.parsing = false
        const def = await mapLazily(command as Resolvable<CommandDef>, (each) => each ?? {})()
        turns.parsing = true
        return wrap(def, [...path, name], turns)
      },
    ]),
  )

const wrap = (def: CommandDef, path: readonly string[], turns: Turns): CommandDef => ({
  ...def,
  args: mapLazily(def.args, (args) => {
    turns.parsing = true
    return { ...args, ...flagArgs(args as CommandDef['args']) }
  }) as NonNullable<CommandDef['args']>,
  ...(def.setup && {
    setup: async (context) => {
      turns.parsing = false
      await def.setup?.(context)
      turns.parsing = true
    },
  }),
  ...(def.subCommands && {
    subCommands: mapLazily(def.subCommands, (commands) => wrapSubCommands(commands, path, turns)),
  }),
  ...(def.run && {
    run: (context) => {
      if (turns.done) return undefined
      turns.parsing = false
      turns.attempt('heed the options', () => turns.heed(context.args))
      return turns.run(path, () => def.run?.(context))
    },
  }),
})

/** Where there are other commands: citty then refuses an operand that is none of them. */
const withTelemetryCommand = (commands: SubCommandsDef, turns: Turns, argv: readonly string[]): SubCommandsDef => {
  if (Object.keys(commands).length === 0) return commands
  turns.hasTelemetryCommand()
  const run = () => {
    turns.done = true
    return turns.runTelemetry(argsOfTelemetryCommand(argv))
  }
  const command: CommandDef = { meta: { ...telemetryCommand }, run }
  return { [telemetryCommand.name]: command, ...commands }
}

const instrument = (main: CommandDef, turns: Turns, argv: readonly string[]): CommandDef => {
  const wrapped = wrap(main, [], turns)
  if (!wrapped.subCommands) return wrapped
  const commands = wrapped.subCommands as () => Promise<SubCommandsDef>
  return { ...wrapped, subCommands: async () => withTelemetryCommand(await commands(), turns, argv) }
}

const instrumented = new WeakSet<CommandDef>()

/**
 * Instruments a citty program: `runMain(instrumentCitty(main, options))`. Each command becomes an operation that is
 * named by its path, e.g. `build` or `policy run`. Wrong usage is recorded as a usage error. Adds the three telemetry
 * flags and, if the program has subcommands, the command `telemetry`. Throws a TypeError for a wrong option.
 */
export const instrumentCitty = <T extends CommandDef>(main: T, options: AdapterOptions): T => {
  const argv = options.argv ?? process.argv.slice(2)
  const adapter = startAdapter('citty', options)
  const turns: Turns = { ...adapter, parsing: false, done: false }
  const aside = asideOfArguments(argv)
  if (aside) adapter.aside(aside)
  if (adapter.telemetry.enabled)
    process.prependOnceListener('exit', (code) => {
      if (code !== 0 && turns.parsing) adapter.usageError('UsageError')
    })
  let result: CommandDef = main as CommandDef
  adapter.attempt('instrument it', () => {
    if (!instrumented.has(result)) instrumented.add((result = instrument(result, turns, argv)))
  })
  return result as T
}
