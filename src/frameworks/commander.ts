import type { Command } from 'commander'
import { type Telemetry, telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand, type UsageKind } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

/** The names of the commands on the way to this one, without the program's own. */
const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : [])

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

/** Our name for each of Commander's error codes. */
const kinds: ReadonlyMap<string, UsageKind> = new Map(
  Object.entries({
    'commander.unknownCommand': 'UnknownCommandError',
    'commander.unknownOption': 'UnknownOptionError',
    'commander.missingArgument': 'MissingArgumentError',
    'commander.missingMandatoryOptionValue': 'MissingArgumentError',
    'commander.optionMissingArgument': 'MissingArgumentError',
    'commander.invalidArgument': 'InvalidArgumentError',
    'commander.excessArguments': 'InvalidArgumentError',
  } as const),
)

/** The options of the command and of those above it. */
const heedOptions = (command: Command, adapter: Adapter): void => {
  adapter.heed(command.opts())
  if (command.parent) heedOptions(command.parent, adapter)
}

const watchErrors = (command: Command, adapter: Adapter): void => {
  const error = command.error.bind(command)
  command.error = (message, options) => {
    heedOptions(command, adapter)
    adapter.usageError(kinds.get(options?.code ?? '') ?? 'UsageError')
    return error(message, options)
  }
}

const addFlags = (command: Command, hidden: boolean): void => {
  for (const { flags, description } of telemetryFlags()) {
    if (command.options.some(({ long }) => long === flags)) continue
    const option = command.createOption(flags, description)
    command.addOption(hidden ? option.hideHelp() : option)
  }
}

/** Whether the program's own options must stand before the command (`enablePositionalOptions()`). */
const isPositional = (program: Command): boolean =>
  (program as unknown as { _enablePositionalOptions?: boolean })._enablePositionalOptions === true

/**
 * Commander has no public way to replace an action. Since version 8, which introduced hooks, it calls this property.
 */
interface WithHandler {
  _actionHandler?: ((args: unknown[]) => unknown) | null
}

const wrapAction = (command: Command, { run }: Adapter): void => {
  const target = command as unknown as WithHandler
  const handler = target._actionHandler
  if (!handler) return
  target._actionHandler = (args) => {
    target._actionHandler = handler
    return run(pathOf(command), () => handler(args))
  }
}

/**
 * The arguments after the word `telemetry`, as the user typed them. Not those that Commander passes, because it has
 * taken out the options that the program itself knows.
 */
const argsAfterCommand = (program: Command, fallback: readonly string[]): readonly string[] => {
  const raw = (program as unknown as { rawArgs?: readonly string[] }).rawArgs ?? []
  const at = raw.indexOf(telemetryCommand.name)
  return at === -1 ? fallback : raw.slice(at + 1)
}

const addTelemetryCommand = (program: Command, { runTelemetry }: Adapter): void => {
  if (program.commands.some((command) => command.name() === telemetryCommand.name)) return
  program
    .command(telemetryCommand.name)
    .description(telemetryCommand.description)
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((args: string[]) => runTelemetry(argsAfterCommand(program, args)))
}

/**
 * Instruments a Commander program. Each command becomes an operation that is named by its path, e.g. `build` or `policy
 * run`. Wrong usage is recorded by its kind. Adds the three telemetry flags and the command `telemetry`. Call it before
 * `parse()`; commands may be added before or after it. Throws a TypeError for a wrong option.
 */
export const instrumentCommander = (program: Command, options: AdapterOptions): Telemetry => {
  const adapter = adapt(options, { watchesUsage: false })
  addFlags(program, false)
  addTelemetryCommand(program, adapter)
  program.hook('preAction', (_, command) => {
    heedOptions(command, adapter)
    if (pathOf(command)[0] !== telemetryCommand.name) wrapAction(command, adapter)
  })
  let prepared = false
  /** Runs once, when the program is parsed, since only then all commands have been added. */
  const prepare = (): void => {
    if (prepared) return
    prepared = true
    for (const command of everyCommand(program)) {
      watchErrors(command, adapter)
      // With positional options, a flag after a command belongs to that command. Otherwise the program finds it anyway.
      if (command !== program && isPositional(program)) addFlags(command, true)
    }
  }
  const [parse, parseAsync] = [program.parse.bind(program), program.parseAsync.bind(program)]
  program.parse = (...args) => {
    prepare()
    return parse(...args)
  }
  program.parseAsync = (...args) => {
    prepare()
    return parseAsync(...args)
  }
  return adapter.telemetry
}
