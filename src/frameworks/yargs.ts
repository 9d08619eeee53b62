import type { Argv } from 'yargs'
import { telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Handler = (argv: unknown) => unknown
type Given = readonly unknown[]
interface Module {
  readonly handler?: Handler
}

/** What yargs knows of the commands that are being run, each with its definition: `run <file>`. */
interface Internals {
  getInternalMethods(): { getContext(): { readonly fullCommands: readonly string[] } }
}

/** The words of the definitions, never what was typed; the default command has none. */
const pathOf = (cli: unknown): string[] =>
  (cli as Internals)
    .getInternalMethods()
    .getContext()
    .fullCommands.map((definition) => definition.split(' ')[0] ?? '')
    .filter((word) => /^[a-z]/i.test(word))

const isFunction = (value: unknown): value is Handler => typeof value === 'function'
const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isFunction((value as Module).handler)

/** The handler in whichever of the forms that `command()` takes. */
const wrapGiven = (given: Given, wrap: (handler: Handler) => Handler): Given => {
  const [first, description, builder, handler, ...rest] = given
  const module = (each: unknown) => (isModule(each) ? { ...each, handler: wrap(each.handler as Handler) } : each)
  if (Array.isArray(first) && first.every(isModule)) return [first.map(module), ...given.slice(1)]
  if (isModule(first)) return [module(first), ...given.slice(1)]
  if (isModule(builder)) return [first, description, module(builder), ...given.slice(3)]
  return isFunction(handler) ? [first, description, builder, wrap(handler), ...rest] : given
}

const addFlags = (cli: Argv): void => {
  for (const { flags, description } of telemetryFlags())
    cli.option(flags.replace(/^--/, ''), { type: 'boolean', describe: description, global: true })
  // What `--no-telemetry` is to the parser.
  cli.option('telemetry', { type: 'boolean', hidden: true, global: true })
}

const rest = (argv: readonly string[]): readonly string[] => argv.slice(argv.indexOf(telemetryCommand.name) + 1)

const mount = (cli: Argv, { runTelemetry }: Adapter, argv: readonly string[]): void => {
  cli.command(
    `${telemetryCommand.name} [args..]`,
    telemetryCommand.description,
    (below) => below.help(false).version(false).strict(false).strictOptions(false).strictCommands(false),
    () => runTelemetry(rest(argv)),
  )
}

/**
 * Instruments a program of yargs: each command becomes an operation named by its path, `build` or `policy run`; mistakes
 * in how it was called are recorded as such; the flags and the command `telemetry` are added. Call it before commands are
 * defined; returns the same `cli`. Throws a TypeError for a wrong option.
 */
export const instrumentYargs = <T>(cli: Argv<T>, options: AdapterOptions): Argv<T> => {
  const adapter = adapt(options, { watchesUsage: true })
  const target = cli as unknown as Argv & { command: (...given: unknown[]) => Argv }
  addFlags(target)
  mount(target, adapter, options.argv ?? process.argv.slice(2))
  const define = target.command.bind(target)
  target.command = (...given: unknown[]) =>
    define(...wrapGiven(given, (handler) => (argv) => adapter.run(pathOf(target), () => handler(argv))))
  return cli
}
