import type { Command } from 'commander'
import { type Telemetry, telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand, type UsageKind } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

/** Words from below the program down to a command. */
const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : [])

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]

/** Commander's own words for what was wrong, as ours. */
const kinds: Readonly<Record<string, UsageKind>> = {
  'commander.unknownCommand': 'UnknownCommandError',
  'commander.unknownOption': 'UnknownOptionError',
  'commander.missingArgument': 'MissingArgumentError',
  'commander.missingMandatoryOptionValue': 'MissingArgumentError',
  'commander.optionMissingArgument': 'MissingArgumentError',
  'commander.invalidArgument': 'InvalidArgumentError',
  'commander.excessArguments': 'InvalidArgumentError',
}

const watchErrors = (command: Command, { usageError }: Adapter): void => {
  const error = command.error.bind(command)
  command.error = (message, options) => {
    usageError(kinds[options?.code ?? ''] ?? 'UsageError')
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

/** Whether the program takes its own options before a command alone. */
const isPositional = (program: Command): boolean =>
  (program as unknown as { _enablePositionalOptions?: boolean })._enablePositionalOptions === true

/** Commander calls the handler that it finds here, in all versions since hooks exist (8); there is no public door. */
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

/** What stands after the command's own name, as it was typed: the program may know some of the options itself. */
const rawRest = (program: Command, fallback: readonly string[]): readonly string[] => {
  const raw = (program as unknown as { rawArgs?: readonly string[] }).rawArgs ?? []
  const at = raw.indexOf(telemetryCommand.name)
  return at === -1 ? fallback : raw.slice(at + 1)
}

const mount = (program: Command, { runTelemetry }: Adapter): void => {
  if (program.commands.some((command) => command.name() === telemetryCommand.name)) return
  program
    .command(telemetryCommand.name)
    .description(telemetryCommand.description)
    .argument('[args...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((args: string[]) => runTelemetry(rawRest(program, args)))
}

/**
 * Instruments a program of Commander's: each command becomes an operation named by its path, `build` or `policy run`;
 * mistakes in how it was called are recorded by their kind; the flags and the command `telemetry` are added. Call it
 * before `parse()`; commands may be added before or after. Throws a TypeError for a wrong option.
 */
export const instrumentCommander = (program: Command, options: AdapterOptions): Telemetry => {
  const adapter = adapt(options, { watchesUsage: false })
  addFlags(program, false)
  mount(program, adapter)
  program.hook('preAction', (_, command) => {
    if (pathOf(command)[0] !== telemetryCommand.name) wrapAction(command, adapter)
  })
  let prepared = false
  /** Once all commands are there. */
  const prepare = (): void => {
    if (prepared) return
    prepared = true
    for (const command of everyCommand(program)) {
      watchErrors(command, adapter)
      // Otherwise the program finds its own options behind a command too, and nobody's options get more than they had.
      if (command !== program && isPositional(program)) addFlags(command, true)
    }
  }
  const [parse, parseAsync] = [program.parse.bind(program), program.parseAsync.bind(program)]
  program.parse = (...given) => {
    prepare()
    return parse(...given)
  }
  program.parseAsync = (...given) => {
    prepare()
    return parseAsync(...given)
  }
  return adapter.telemetry
}
