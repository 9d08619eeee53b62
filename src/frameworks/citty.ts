/**
 * For authors of tools on citty, 0.1.6 and newer. docs/adapters.md says what each adapter does.
 *
 * @module
 */
// The attribute is for the declarations of CommonJS hosts, since citty has only ES modules.
import type { ArgsDef, CittyPlugin, CommandDef, SubCommandsDef } from 'citty' with { 'resolution-mode': 'import' }
import {
  type Adapter,
  type AdapterOptions,
  asideOfArguments,
  startAdapter,
  type UsedOption,
  usedOptions,
} from './adapter.ts'
import { flagArgs, withTelemetryCommand } from './citty-additions.ts'

export type { AdapterOptions } from './adapter.ts'

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>)

/** An adapter that knows whether citty, which reads the arguments, or the host is at work. */
interface Turns extends Adapter {
  parsing: boolean
  /** The command `telemetry` has run. After it, citty would run the program's own `run`. */
  done: boolean
  /** The options that are declared by the commands on the path to the one that runs. */
  readonly declared: UsedOption[]
}

const get = async <T>(value: Resolvable<T>): Promise<T> =>
  typeof value === 'function' ? (value as () => T | Promise<T>)() : value

/** Does the host's work. If it succeeds, citty goes on. */
const asHost = async <T>(turns: Turns, work: () => T | Promise<T>): Promise<T> => {
  turns.parsing = false
  const result = await work()
  turns.parsing = true
  return result
}

const declaredIn = (args: ArgsDef): readonly UsedOption[] =>
  Object.entries(args)
    .filter(([, { type }]) => type !== 'positional')
    .map(([name, { type, ...arg }]) => ({
      names: [name, ...('alias' in arg ? [arg.alias ?? []].flat() : [])],
      boolean: type === 'boolean',
      choices: 'options' in arg ? arg.options : undefined,
    }))

const wrapSubCommands = (commands: SubCommandsDef, path: readonly string[], turns: Turns): SubCommandsDef =>
  Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [
      name,
      async () => {
        const def = await asHost(turns, () => get(command as Resolvable<CommandDef | undefined>))
        return wrap(def ?? {}, [...path, name], turns)
      },
    ]),
  )

const wrapPlugin = (plugin: Resolvable<CittyPlugin>, turns: Turns) => async (): Promise<CittyPlugin> => {
  const own = await asHost(turns, () => get(plugin))
  return {
    name: own.name,
    setup: (context) => asHost(turns, () => own.setup?.(context)),
    cleanup: (context) => own.cleanup?.(context),
  }
}

const wrap = (def: CommandDef, path: readonly string[], turns: Turns): CommandDef => ({
  ...def,
  args: async () => {
    const args = await asHost(turns, () => get((def.args ?? {}) as Resolvable<ArgsDef>))
    turns.attempt('see its options', () => turns.declared.push(...declaredIn(args)))
    return { ...args, ...flagArgs(args) }
  },
  ...(def.plugins && { plugins: def.plugins.map((plugin) => wrapPlugin(plugin, turns)) }),
  ...(def.setup && { setup: (context) => asHost(turns, () => def.setup?.(context)) }),
  ...(def.subCommands && {
    subCommands: async () => wrapSubCommands(await asHost(turns, () => get(def.subCommands ?? {})), path, turns),
  }),
  ...(def.run && {
    run: (context) => {
      if (turns.done) return undefined
      turns.parsing = false
      turns.attempt('heed the options', () => turns.heed(context.args))
      const run = () =>
        turns.run(
          path,
          () => def.run?.(context),
          () => usedOptions(turns.argv, turns.declared),
        )
      const asked = turns.ask(path)
      return asked ? asked.then(run) : run()
    },
  }),
})

const instrument = (main: CommandDef, turns: Turns): CommandDef => {
  const wrapped = wrap(main, [], turns)
  if (!wrapped.subCommands) return wrapped
  const commands = wrapped.subCommands as () => Promise<SubCommandsDef>
  return { ...wrapped, subCommands: async () => withTelemetryCommand(await commands(), turns) }
}

const instrumented = new WeakSet<CommandDef>()

/**
 * Instruments a citty program: `runMain(instrumentCitty(main, options))`. Each command becomes an operation, named by
 * its path, e.g. `build` or `policy run`. Throws a TypeError for a wrong option.
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
