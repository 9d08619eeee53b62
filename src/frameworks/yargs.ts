import type { Argv } from 'yargs'
import { telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Handler = (argv: unknown) => unknown
type CommandArguments = readonly unknown[]
interface Module {
  readonly handler?: Handler
}

/** The internal API by which yargs tells the definitions of the commands that are running, e.g. `run <file>`. */
interface Internals {
  getInternalMethods(): { getContext(): { readonly fullCommands: readonly string[] } }
}

/** Taken from the definitions of the commands, never from the user's input. Empty for the default command. */
const pathOf = (cli: unknown): string[] =>
  (cli as Internals)
    .getInternalMethods()
    .getContext()
    .fullCommands.map((definition) => definition.split(' ')[0] ?? '')
    .filter((word) => /^[a-z]/i.test(word))

const isFunction = (value: unknown): value is Handler => typeof value === 'function'
const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isFunction((value as Module).handler)

/** Wraps the handler in the arguments of `command()`, which has several overloads. */
const wrapHandler = (args: CommandArguments, wrap: (handler: Handler) => Handler): CommandArguments => {
  const [first, description, builder, handler, ...rest] = args
  const wrapModule = (each: unknown) => (isModule(each) ? { ...each, handler: wrap(each.handler as Handler) } : each)
  if (Array.isArray(first) && first.every(isModule)) return [first.map(wrapModule), ...args.slice(1)]
  if (isModule(first)) return [wrapModule(first), ...args.slice(1)]
  if (isModule(builder)) return [first, description, wrapModule(builder), ...args.slice(3)]
  return isFunction(handler) ? [first, description, builder, wrap(handler), ...rest] : args
}

const addFlags = (cli: Argv): void => {
  for (const { flags, description } of telemetryFlags())
    cli.option(flags.replace(/^--/, ''), { type: 'boolean', describe: description, global: true })
  // The parser reads `--no-telemetry` as `telemetry: false`, which strict mode would reject as unknown.
  cli.option('telemetry', { type: 'boolean', hidden: true, global: true })
}

const argsAfterCommand = (argv: readonly string[]): readonly string[] =>
  argv.slice(argv.indexOf(telemetryCommand.name) + 1)

const addTelemetryCommand = (cli: Argv, { runTelemetry }: Adapter, argv: readonly string[]): void => {
  cli.command(
    `${telemetryCommand.name} [args..]`,
    telemetryCommand.description,
    (command) => command.help(false).version(false).strict(false).strictOptions(false).strictCommands(false),
    () => runTelemetry(argsAfterCommand(argv)),
  )
}

/**
 * Instruments a yargs program and returns the same `cli`. Each command becomes an operation that is named by its path,
 * e.g. `build` or `policy run`. Wrong usage is recorded as a usage error. Adds the three telemetry flags and the
 * command `telemetry`. Call it before commands are defined. Throws a TypeError for a wrong option.
 */
export const instrumentYargs = <T>(cli: Argv<T>, options: AdapterOptions): Argv<T> => {
  const adapter = adapt(options, { watchesUsage: true })
  const target = cli as unknown as Argv & { command: (...args: unknown[]) => Argv }
  addFlags(target)
  addTelemetryCommand(target, adapter, options.argv ?? process.argv.slice(2))
  // Before the validation, so that it also holds for a program that was called wrongly.
  target.middleware((argv) => adapter.heed(argv), true)
  const define = target.command.bind(target)
  target.command = (...args: unknown[]) =>
    define(...wrapHandler(args, (handler) => (argv) => adapter.run(pathOf(target), () => handler(argv))))
  return cli
}
