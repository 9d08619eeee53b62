// Named for the declarations of CommonJS hosts: citty has ES modules alone.
import type { CommandDef, SubCommandsDef } from 'citty' with { 'resolution-mode': 'import' }
import { telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>)

/** Maps a value that citty may get from a function or a promise. Lazily, as citty does. */
const mapLazily =
  <T, R>(value: Resolvable<T> | undefined, map: (value: T | undefined) => R) =>
  async (): Promise<R> =>
    map(await (typeof value === 'function' ? (value as () => T | Promise<T>)() : value))

/** In citty, `--no-telemetry` is the negation of a flag `telemetry` that is true by default. */
const flagArgs = Object.fromEntries(
  telemetryFlags().map(({ flags, description }) => {
    const name = flags.replace(/^--(?:no-)?/, '')
    return name === 'telemetry'
      ? [name, { type: 'boolean', default: true, negativeDescription: description, description: 'the default' }]
      : [name, { type: 'boolean', description }]
  }),
)

const wrapSubCommands = (
  commands: SubCommandsDef | undefined,
  path: readonly string[],
  adapter: Adapter,
): SubCommandsDef =>
  Object.fromEntries(
    Object.entries(commands ?? {}).map(([name, command]) => [
      name,
      mapLazily(command as Resolvable<CommandDef>, (def) => wrap(def ?? {}, [...path, name], adapter)),
    ]),
  )

const wrap = (def: CommandDef, path: readonly string[], adapter: Adapter): CommandDef => ({
  ...def,
  args: mapLazily(def.args, (args) => ({ ...args, ...flagArgs })) as NonNullable<CommandDef['args']>,
  ...(def.subCommands && {
    subCommands: mapLazily(def.subCommands, (commands) => wrapSubCommands(commands, path, adapter)),
  }),
  ...(def.run && {
    run: (context) => {
      adapter.heed(context.args)
      return adapter.run(path, () => def.run?.(context))
    },
  }),
})

const argsAfterCommand = (argv: readonly string[]): readonly string[] =>
  argv.slice(argv.indexOf(telemetryCommand.name) + 1)

const telemetryDef = ({ runTelemetry }: Adapter, argv: readonly string[]): CommandDef => ({
  meta: { name: telemetryCommand.name, description: telemetryCommand.description },
  run: () => runTelemetry(argsAfterCommand(argv)),
})

/**
 * Instruments a citty program: `runMain(instrumentCitty(main, options))`. Each command becomes an operation that is
 * named by its path, e.g. `build` or `policy run`. Wrong usage is recorded as a usage error. Adds the three telemetry
 * flags and, if the program has subcommands, the command `telemetry`. Throws a TypeError for a wrong option.
 */
export const instrumentCitty = <T extends CommandDef>(main: T, options: AdapterOptions): T => {
  const adapter = adapt(options, { watchesUsage: true })
  const wrapped = wrap(main as CommandDef, [], adapter)
  if (!wrapped.subCommands) return wrapped as T
  const own = wrapped.subCommands as () => Promise<SubCommandsDef>
  const telemetry = telemetryDef(adapter, options.argv ?? process.argv.slice(2))
  const instrumented: CommandDef = {
    ...wrapped,
    subCommands: async () => ({ ...(await own()), [telemetryCommand.name]: telemetry }),
  }
  return instrumented as T
}
