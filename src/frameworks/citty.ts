// Named for the declarations of CommonJS hosts: citty has ES modules alone.
import type { CommandDef, SubCommandsDef } from 'citty' with { 'resolution-mode': 'import' }
import { telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Resolvable<T> = T | Promise<T> | (() => T) | (() => Promise<T>)

/** citty resolves lazily; so does this. */
const mapped =
  <T, R>(value: Resolvable<T> | undefined, map: (value: T | undefined) => R) =>
  async (): Promise<R> =>
    map(await (typeof value === 'function' ? (value as () => T | Promise<T>)() : value))

/** citty knows `--no-telemetry` as the negation of a flag that is on. */
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
      mapped(command as Resolvable<CommandDef>, (def) => wrap(def ?? {}, [...path, name], adapter)),
    ]),
  )

const wrap = (def: CommandDef, path: readonly string[], adapter: Adapter): CommandDef => ({
  ...def,
  args: mapped(def.args, (args) => ({ ...args, ...flagArgs })) as NonNullable<CommandDef['args']>,
  ...(def.subCommands && {
    subCommands: mapped(def.subCommands, (commands) => wrapSubCommands(commands, path, adapter)),
  }),
  ...(def.run && { run: (context) => adapter.run(path, () => def.run?.(context)) }),
})

const rest = (argv: readonly string[]): readonly string[] => argv.slice(argv.indexOf(telemetryCommand.name) + 1)

const mounted = ({ runTelemetry }: Adapter, argv: readonly string[]): CommandDef => ({
  meta: { name: telemetryCommand.name, description: telemetryCommand.description },
  run: () => runTelemetry(rest(argv)),
})

/**
 * Instruments a program of citty: each command becomes an operation named by its path, `build` or `policy run`; mistakes
 * in how it was called are recorded as such; the flags and, where there are commands, the command `telemetry` are added.
 * `runMain(instrumentCitty(main, options))`. Throws a TypeError for a wrong option.
 */
export const instrumentCitty = <T extends CommandDef>(main: T, options: AdapterOptions): T => {
  const adapter = adapt(options, { watchesUsage: true })
  const wrapped = wrap(main as CommandDef, [], adapter)
  if (!wrapped.subCommands) return wrapped as T
  const own = wrapped.subCommands as () => Promise<SubCommandsDef>
  const telemetry = mounted(adapter, options.argv ?? process.argv.slice(2))
  const whole: CommandDef = {
    ...wrapped,
    subCommands: async () => ({ ...(await own()), [telemetryCommand.name]: telemetry }),
  }
  return whole as T
}
