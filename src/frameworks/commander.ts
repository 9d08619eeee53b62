import type { Command } from 'commander'
import type { EventEmitter } from 'node:events'
import type { Telemetry } from '../index.ts'
import {
  type Adapter,
  type AdapterOptions,
  argsOfTelemetryCommand,
  startAdapter,
  telemetryCommand,
  telemetryFlags,
  type UsageKind,
} from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

/**
 * What Commander, in each version since 8, has no public way for. A part that a later version does not have is not
 * recorded; nothing else changes.
 */
interface Internals {
  _actionHandler?: ((args: unknown[]) => unknown) | null
  _executeSubCommand?: (command: Command, args: readonly string[]) => unknown
  /** Each end by Commander itself: help, version, wrong usage. */
  _exit?: (exitCode: number, code: string, message: string) => never
  readonly _args?: readonly unknown[]
  readonly _allowExcessArguments?: boolean
  readonly _defaultCommandName?: string | null
  readonly rawArgs?: readonly string[]
}
const internalsOf = (command: Command): Internals => command as unknown as Internals

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
    'commander.conflictingOption': 'InvalidArgumentError',
    'commander.excessArguments': 'InvalidArgumentError',
  } as const),
)

/** The options of the command and of those above it. */
const heedOptions = (command: Command, adapter: Adapter): void => {
  adapter.heed(command.opts())
  if (command.parent) heedOptions(command.parent, adapter)
}

const watchEnds = (command: Command, adapter: Adapter): void => {
  const target = internalsOf(command)
  const [exit, outputHelp] = [target._exit?.bind(command), command.outputHelp.bind(command)]
  command.outputHelp = (...args: []) => {
    adapter.aside('help')
    outputHelp(...args)
  }
  if (!exit) return
  target._exit = (exitCode, code, message) => {
    adapter.attempt('record how it ended', () => {
      heedOptions(command, adapter)
      if (code === 'commander.version') adapter.aside('version')
      else if (!code.startsWith('commander.help')) adapter.usageError(kinds.get(code) ?? 'UsageError')
    })
    return exit(exitCode, code, message)
  }
}

/**
 * Declares the flags without a value of theirs, which `opts()` would show: Commander calls the listener when it finds the
 * flag.
 */
const addFlags = (command: Command, adapter: Adapter): void => {
  for (const { flags, description } of telemetryFlags()) {
    if (command.options.some(({ long }) => long === flags)) continue
    const option = command.createOption(flags, description)
    ;(command.options as unknown[]).push(option)
    command.on(`option:${option.name()}`, () => adapter.heed({ [flags.slice(2)]: true }))
  }
}

/** A program that runs a subcommand as another program is ended by it, so the operation is open until then. */
const watchExecutables = (command: Command, adapter: Adapter): void => {
  const target = internalsOf(command)
  const execute = target._executeSubCommand?.bind(command)
  if (!execute) return
  target._executeSubCommand = (subcommand, args) => {
    let result: unknown
    adapter.attempt('heed the options', () => heedOptions(command, adapter))
    void adapter.run(pathOf(subcommand), () => {
      result = execute(subcommand, args)
      return new Promise<never>(() => undefined)
    })
    return result
  }
}

const wrapAction = (command: Command, { run }: Adapter): void => {
  const target = internalsOf(command)
  const handler = target._actionHandler
  if (!handler) return
  target._actionHandler = (args) => {
    target._actionHandler = handler
    // As a method, as Commander does: it is a frame in the stack of the host's errors.
    return run(pathOf(command), () => target._actionHandler?.(args))
  }
}

/** Whether the program refuses an operand that is none of its commands: only then does another command take nothing away. */
const refusesOperands = (program: Command): boolean => {
  const { _actionHandler, _args = [], _allowExcessArguments, _defaultCommandName } = internalsOf(program)
  const takesAny =
    program.commands.some((command) => command.name() === '*') ||
    (program as unknown as EventEmitter).listenerCount('command:*') > 0
  if (program.commands.length === 0 || _defaultCommandName || takesAny) return false
  return !_actionHandler || (_args.length === 0 && _allowExcessArguments === false)
}

const isTelemetryCommand = (command: Command): boolean =>
  [command.name(), ...command.aliases()].includes(telemetryCommand.name)

const addTelemetryCommand = (program: Command, adapter: Adapter): void => {
  if (!refusesOperands(program) || program.commands.some(isTelemetryCommand)) return
  adapter.hasTelemetryCommand()
  own.add(
    program
      .command(telemetryCommand.name)
      .description(telemetryCommand.description)
      .argument('[args...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => adapter.runTelemetry(argsOfTelemetryCommand(internalsOf(program).rawArgs ?? []))),
  )
}

/** Once the program is parsed, since only then all of its commands and options are there. */
const prepare = (program: Command, adapter: Adapter): void => {
  adapter.attempt('add the command', () => addTelemetryCommand(program, adapter))
  for (const command of everyCommand(program)) {
    adapter.attempt('watch how it ends', () => watchEnds(command, adapter))
    adapter.attempt('watch its executables', () => watchExecutables(command, adapter))
    if (!own.has(command)) adapter.attempt('add the flags', () => addFlags(command, adapter))
  }
  adapter.attempt('watch its actions', () =>
    program.hook('preAction', (_, command) =>
      adapter.attempt('record an action', () => {
        heedOptions(command, adapter)
        if (!own.has(command)) wrapAction(command, adapter)
      }),
    ),
  )
}

/** `use` is called before the program is parsed or shows its help, `done` when it is parsed. */
const whenUsed = (program: Command, use: () => void, done: () => void): void => {
  const [parse, parseAsync] = [program.parse.bind(program), program.parseAsync.bind(program)]
  const helpInformation = program.helpInformation.bind(program)
  program.parse = (...args) => {
    use()
    const result = parse(...args)
    done()
    return result
  }
  program.parseAsync = (...args) => {
    use()
    const result = parseAsync(...args)
    done()
    return result
  }
  program.helpInformation = (...args) => {
    use()
    return helpInformation(...args)
  }
}

/** The commands `telemetry` that are ours. */
const own = new WeakSet<Command>()
const instrumented = new WeakSet<Command>()

/**
 * Instruments a Commander program. Each command becomes an operation that is named by its path, e.g. `build` or `policy
 * run`. Wrong usage is recorded by its kind. Adds the three telemetry flags and, where it takes no operand away, the
 * command `telemetry`. Call it before `parse()`; commands may be added before or after it. Throws a TypeError for a wrong
 * option.
 */
export const instrumentCommander = (program: Command, options: AdapterOptions): Telemetry => {
  const adapter = startAdapter('commander', options)
  adapter.attempt('instrument it', () => {
    if (instrumented.has(program)) return
    let prepared = false
    const use = () => {
      if (!prepared) prepare(program, adapter)
      prepared = true
    }
    whenUsed(program, use, () => {
      if (program.commands.length === 0 && !internalsOf(program)._actionHandler) adapter.parsed()
    })
    instrumented.add(program)
  })
  return adapter.telemetry
}
