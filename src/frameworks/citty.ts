// Named for the declarations of CommonJS hosts: citty has ES modules alone.
import type { ArgsDef, CommandDef, SubCommandsDef } from 'citty' with { 'resolution-mode': 'import' }
import { type Adapter, type AdapterOptions, asideOfArguments, ownFlags, startAdapter } from './adapter.ts'
import { telemetryCommand, usedOptions, type UsedOption } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>)

/** An adapter that knows whose turn it is: citty's, which reads the arguments, or the host's. */
interface Turns extends Adapter {
  parsing: boolean
  /** Its command `telemetry` has run, after which citty would run the program's own `run`. */
  done: boolean
  /** What the commands on the way to the one that runs declare. */
  readonly declared: UsedOption[]
}

/** Maps a value that citty may get from a function or a promise. Lazily, as citty does. */
const mapLazily =
  <T, R>(value: Resolvable<T> | undefined, map: (value: T | undefined) => R) =>
  async (): Promise<R> =>
    map(await (typeof value === 'function' ? (value as () => T | Promise<T>)() : value))

/** For the help alone: citty reads `--no-telemetry` as `telemetry: false`, whatever is declared. */
const flagArgs = (args: ArgsDef) =>
  Object.fromEntries(
    ownFlags()
      .filter(({ name }) => !Object.hasOwn(args, name))
      .map(({ name, description }) => [name, { type: 'boolean', description }] as const),
  )

const declaredIn = (args: ArgsDef): readonly UsedOption[] =>
  Object.entries(args)
    .filter(([, { type }]) => type !== 'positional')
    .map(([name, { type, ...arg }]) => ({
      names: [name, ...('alias' in arg ? [arg.alias ?? []].flat() : [])],
      boolean: type === 'boolean',
      choices: 'options' in arg ? arg.options : undefined,
    }))

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
  args: mapLazily(def.args as Resolvable<ArgsDef>, (args = {}) => {
    turns.parsing = true
    turns.attempt('see its options', () => turns.declared.push(...declaredIn(args)))
    return { ...args, ...flagArgs(args) }
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
      return turns.run(
        path,
        () => def.run?.(context),
        () => usedOptions(turns.argv, turns.declared),
      )
    },
  }),
})

/** Where there are other commands: citty then refuses an operand that is none of them. */
const withTelemetryCommand = (commands: SubCommandsDef, turns: Turns): SubCommandsDef => {
  if (Object.keys(commands).length === 0) return commands
  turns.hasTelemetryCommand()
  const run = () => {
    turns.done = true
    return turns.runTelemetry()
  }
  const command: CommandDef = { meta: { ...telemetryCommand }, run }
  return { [telemetryCommand.name]: command, ...commands }
}

const instrument = (main: CommandDef, turns: Turns): CommandDef => {
  const wrapped = wrap(main, [], turns)
  if (!wrapped.subCommands) return wrapped
  const commands = wrapped.subCommands as () => Promise<SubCommandsDef>
  return { ...wrapped, subCommands: async () => withTelemetryCommand(await commands(), turns) }
}

const instrumented = new WeakSet<CommandDef>()

/**
 * Instruments a citty program: `runMain(instrumentCitty(main, options))`. Each command becomes an operation that is
 * named by its path, e.g. `build` or `policy run`. Wrong usage is recorded as a usage error. Adds the three telemetry
 * flags and, if the program has subcommands, the command `telemetry`. Throws a TypeError for a wrong option.
 */
export const instrumentCitty = <T extends CommandDef>(main: T, options: AdapterOptions): T => {
  const adapter = startAdapter('citty', options)
  const turns: Turns = { ...adapter, parsing: false, done: false, declared: [] }
  adapter.aside(asideOfArguments(adapter.argv))
  if (adapter.telemetry.enabled)
    process.prependOnceListener('exit', (code) => {
      if (code !== 0 && turns.parsing) adapter.usageError('UsageError')
    })
  let result: CommandDef = main as CommandDef
  adapter.attempt('instrument it', () => {
    if (!instrumented.has(result)) instrumented.add((result = instrument(result, turns)))
  })
  return result as T
}
