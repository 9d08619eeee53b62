import type { BaseContext, Cli, Command, CommandClass } from 'clipanion'
import type { OperationUnit, Telemetry } from '../index.ts'
import {
  type Adapter,
  type AdapterOptions,
  asideOfArguments,
  ownFlags,
  startAdapter,
  telemetryCommand,
  type UsageKind,
  type UsedOption,
  usedOptions,
} from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Program = Cli

/** The commands of a program with what clipanion makes of their options: a part of `Cli` that its subclasses may use. */
const registrationsOf = (cli: Program) => cli['registrations']

/** A class without paths is the default command, as one with an empty path is. */
const pathsOf = ({ paths = [[]] }: CommandClass): readonly (readonly string[])[] => paths

/** clipanion's own commands for help and version have options as their paths. */
const isWord = ([first = '-']: readonly string[]): boolean => !first.startsWith('-')

/** What clipanion says of arguments that fit no command, in all its versions from 3 on. */
const kinds: readonly (readonly [RegExp, UsageKind])[] = [
  [/^(?:Unsupported|Invalid) option name/, 'UnknownOptionError'],
  [/^Not enough/, 'MissingArgumentError'],
  [/^(?:Extraneous|Invalid value)/, 'InvalidArgumentError'],
  [/^Command not found/, 'UnknownCommandError'],
]
const kindOf = ({ message }: Error): UsageKind => kinds.find(([text]) => text.test(message))?.[1] ?? 'UsageError'

/** clipanion also says that there is no such command of one that there is, with arguments that it refuses. */
const isThere = (cli: Program, input: unknown): boolean => {
  const words = Array.isArray(input) ? input.filter((word) => !String(word).startsWith('-')) : []
  const begins = (path: readonly string[]) => path.length > 0 && path.every((word, index) => word === words[index])
  return [...registrationsOf(cli).keys()].some((command) => pathsOf(command).some(begins))
}

/** A list of names in clipanion 3, a set in 4. */
interface BuilderOption {
  readonly names?: readonly string[]
  readonly nameSet?: readonly string[]
  readonly arity: number
}

const usedIn = (cli: Program, command: Command, input: unknown) => {
  const { options = [] } = registrationsOf(cli).get(command.constructor as CommandClass)?.builder ?? {}
  const declared = (options as unknown as readonly BuilderOption[]).map(({ names, nameSet, arity }) => ({
    names: [...(names ?? nameSet ?? [])].map((name) => name.replace(/^--?/, '')).sort((a, b) => b.length - a.length),
    boolean: arity === 0,
  }))
  return usedOptions(Array.isArray(input) ? (input as string[]) : [], declared)
}

/** Hidden, since clipanion would show them in what it says of errors too. */
const addFlags = (cli: Program): void => {
  for (const { builder } of registrationsOf(cli).values()) {
    // A list in clipanion 3, a map in 4.
    const taken = [...(builder.allOptionNames as Iterable<unknown>)].flat()
    for (const { flags } of ownFlags())
      if (!taken.includes(flags) && !taken.includes(flags.replace('--no-', '--')))
        builder.addOption({ names: [flags], arity: 0, hidden: true, allowBinding: false })
  }
}

const addFlagsToHelp = (cli: Program): void => {
  const usage = cli.usage.bind(cli)
  cli.usage = (command, settings = {}) => {
    const text = usage(command, settings)
    if (command && !settings.detailed) return text
    const rows = ownFlags().map(({ flags, description }) => `  ${flags.padEnd(22)}${description}\n`)
    return `${text}\n${cli.format(settings.colored).header('Telemetry')}\n\n${rows.join('')}`
  }
}

/** A command as clipanion runs one, without the class of its own that would come from another copy of clipanion. */
const telemetryClass = (adapter: Adapter) =>
  class {
    static readonly paths = [[telemetryCommand.name]]
    static readonly usage = { description: telemetryCommand.description }
    readonly validateAndExecute = async (): Promise<number> => {
      await adapter.runTelemetry()
      return Number(process.exitCode ?? 0)
    }
  }

/** Only where no other command would get the operand. Returns the command, if it is added. */
const addTelemetryCommand = (cli: Program, adapter: Adapter): CommandClass | undefined => {
  const registrations = registrationsOf(cli)
  const isTaken = [...registrations].some(([command, { builder }]) =>
    pathsOf(command).some(([first]) => {
      const { leading, extra, trailing } = builder.arity
      const operands = leading.length + trailing.length + (Array.isArray(extra) ? extra.length : 1)
      return first === telemetryCommand.name || (first === undefined && operands > 0)
    }),
  )
  if (isTaken) return undefined
  const command = telemetryClass(adapter) as unknown as CommandClass
  cli.register(command)
  registrations.get(command)?.builder.addProxy()
  adapter.hasTelemetryCommand()
  return command
}

/** The operation includes the command's own handler of errors, which may turn one into a success. */
const watchCommand = (
  command: Command,
  path: readonly string[],
  adapter: Adapter,
  used: () => readonly UsedOption[],
): void => {
  const validateAndExecute = command.validateAndExecute.bind(command)
  const handle = command.catch.bind(command)
  const execute = async (operation?: OperationUnit): Promise<number> => {
    try {
      const code = await validateAndExecute()
      if (code !== 0) operation?.error(undefined)
      return code
    } catch (error) {
      await handle(error)
      return 0
    }
  }
  const replace = (name: 'validateAndExecute' | 'catch', value: (error: unknown) => Promise<unknown>) =>
    Object.defineProperty(command, name, { value, configurable: true, writable: true })
  replace('validateAndExecute', () => {
    adapter.attempt('heed the options', () => adapter.heed(command as unknown as Record<string, unknown>))
    return adapter.run(path, execute, used)
  })
  // It has had its turn.
  replace('catch', async (error) => {
    throw error
  })
}

const watchCommands = (cli: Program, adapter: Adapter, prepare: () => CommandClass | undefined): void => {
  const process = cli.process.bind(cli) as (...args: unknown[]) => Command
  const parse = (...args: unknown[]): Command => {
    try {
      return process(...args)
    } catch (error) {
      adapter.attempt('name a mistake', () => {
        const kind = kindOf(error as Error)
        adapter.usageError(kind === 'UnknownCommandError' && isThere(cli, args[0]) ? 'UsageError' : kind)
      })
      throw error
    }
  }
  const record = (command: Command, own: CommandClass | undefined, input: unknown): void => {
    const type = command.constructor as CommandClass
    if (type === own) return
    const path = pathsOf(type).find(isWord)
    const isDefault = pathsOf(type).some(({ length }) => length === 0)
    // What clipanion runs for `--help` is none of the program's commands.
    if (!registrationsOf(cli).has(type) || (!path && !isDefault))
      adapter.aside(asideOfArguments(pathsOf(type).flat()) ?? 'help')
    else watchCommand(command, path ?? [], adapter, () => usedIn(cli, command, input))
  }
  cli.process = (...args: unknown[]) => {
    const own = prepare()
    const command = parse(...args)
    adapter.attempt('record a command', () => record(command, own, args[0]))
    return command
  }
}

/**
 * Instruments a program of clipanion. Each command becomes an operation that is named by its first path, e.g. `build` or
 * `policy run`; a default command is named as the program. A command fails if it throws what its `catch` does not handle, or
 * returns another exit code than 0. Wrong usage is recorded by its kind. Adds the three telemetry flags and, where it takes
 * no operand away, the command `telemetry`. Call it before `run()` or `runExit()`; commands may be registered before or
 * after. Throws a TypeError for a wrong option.
 */
export const instrumentClipanion = <Context extends BaseContext>(
  cli: Cli<Context>,
  options: AdapterOptions,
): Telemetry => {
  const adapter = startAdapter('clipanion', options)
  const program = cli as unknown as Program
  let own: CommandClass | undefined
  let prepared = false
  /** Once the program is parsed, since only then all of its commands are there. */
  const prepare = (): CommandClass | undefined => {
    if (prepared) return own
    prepared = true
    adapter.attempt('add the flags', () => addFlags(program))
    adapter.attempt('add the command', () => void (own = addTelemetryCommand(program, adapter)))
    return own
  }
  adapter.once(cli, () => {
    watchCommands(program, adapter, prepare)
    addFlagsToHelp(program)
  })
  return adapter.telemetry
}
