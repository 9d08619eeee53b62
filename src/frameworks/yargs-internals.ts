import type { Argv } from 'yargs'
import { type Adapter, telemetryCommand, usedOptions } from './adapter.ts'

type Handler = (argv: unknown) => unknown
interface Definition {
  handler: Handler
  /** The definition of the command, e.g. `run <file>`. */
  readonly original: string
}

/**
 * The internal objects of a program. They are the same for each command in it and in each version since 17. All ways to
 * define and run a command lead to them, including the methods of the singleton, which are copies.
 */
export interface Commands {
  addHandler: (
    command: unknown,
    description?: unknown,
    builder?: unknown,
    handler?: unknown,
    ...more: unknown[]
  ) => void
  getCommands: () => string[]
  hasDefaultCommand: () => boolean
  runCommand: (command: string | null, ...more: unknown[]) => unknown
  readonly handlers: Readonly<Record<string, Definition>>
  readonly aliasMap: Readonly<Record<string, string>>
  readonly defaultCommand?: Definition
}
export interface Usage {
  fail: (message: string | null | undefined, error?: Error) => unknown
  showHelp: (...args: unknown[]) => unknown
  showVersion: (...args: unknown[]) => unknown
}
export interface Methods {
  getCommandInstance: () => Commands
  getUsageInstance: () => Usage
  getContext: () => { readonly fullCommands: readonly string[] }
}
/** The options that are declared in the command that runs, and in those above it. */
interface Declared {
  readonly key: Readonly<Record<string, unknown>>
  readonly alias: Readonly<Record<string, readonly string[]>>
  readonly boolean: readonly string[]
  readonly choices: Readonly<Record<string, readonly unknown[]>>
}
export type Program = Argv & { getInternalMethods: () => Methods; getOptions: () => Declared }

/** The first words of the definitions, never the user's input. Empty for the default command. */
const wordsOf = (definitions: readonly string[]): string[] =>
  definitions.map((definition) => definition.split(' ')[0] ?? '').filter((word) => /^[a-z]/i.test(word))

/**
 * The options that the user gave. yargs does not say which values come from the arguments, and which from a
 * configuration file or a variable.
 */
const usedIn = (program: Program, { argv }: Adapter, parsed: Readonly<Record<string, unknown>>) => {
  const { key, alias, boolean, choices } = program.getOptions()
  return usedOptions(
    argv,
    Object.keys(key).map((name) => ({
      names: [name, ...(alias[name] ?? [])],
      boolean: boolean.includes(name),
      choices: choices[name],
      value: parsed[name],
    })),
  )
}

/** Watches the definitions. If a command is defined without a handler, yargs gives it one that does nothing. */
export const definedHandlers = (commands: Commands): WeakSet<Handler> => {
  const handlers = new WeakSet(Object.values(commands.handlers).map(({ handler }) => handler))
  const addHandler = commands.addHandler.bind(commands)
  commands.addHandler = (command, description, builder, handler, ...more) => {
    if (typeof handler === 'function') handlers.add(handler as Handler)
    addHandler(command, description, builder, handler, ...more)
  }
  return handlers
}

/** Replaces the handler of the command that is about to run. */
export const watchCommands = (program: Program, handlers: WeakSet<Handler>, adapter: Adapter): void => {
  const methods = program.getInternalMethods()
  const commands = methods.getCommandInstance()
  const wrap = (name: string | null): void => {
    const key = name ?? ''
    const definition =
      commands.handlers[key] ?? commands.handlers[commands.aliasMap[key] ?? ''] ?? commands.defaultCommand
    if (!definition || !handlers.has(definition.handler)) return
    const { handler, original } = definition
    const path = wordsOf([...methods.getContext().fullCommands, ...(name ? [original] : [])])
    definition.handler = (argv) => {
      definition.handler = handler
      return adapter.run(
        path,
        () => handler(argv),
        () => usedIn(program, adapter, argv as Readonly<Record<string, unknown>>),
      )
    }
  }
  const runCommand = commands.runCommand.bind(commands)
  commands.runCommand = (name, ...more) => {
    adapter.attempt('record a command', () => wrap(name))
    return runCommand(name, ...more)
  }
}

/**
 * Adds the command when the program is parsed, if commands have handlers. Otherwise the host itself reads the first
 * word.
 */
export const addTelemetryCommand = (
  commands: Commands,
  methods: Methods,
  isHandled: () => boolean,
  { hasTelemetryCommand }: Adapter,
  run: () => unknown,
): void => {
  const { getCommands, addHandler } = commands
  const isFree = () => !getCommands.call(commands).includes(telemetryCommand.name)
  commands.getCommands = () => {
    if (methods.getContext().fullCommands.length === 0 && isHandled() && !commands.hasDefaultCommand() && isFree()) {
      addHandler.call(
        commands,
        `${telemetryCommand.name} [args..]`,
        telemetryCommand.description,
        (command: Argv) => command.help(false).version(false).strict(false).strictOptions(false).strictCommands(false),
        run,
      )
      hasTelemetryCommand()
    }
    return getCommands.call(commands)
  }
}
