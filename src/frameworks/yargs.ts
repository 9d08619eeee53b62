import type { Argv } from 'yargs'
import {
  type Adapter,
  type AdapterOptions,
  argsOfTelemetryCommand,
  asideOfArguments,
  startAdapter,
  telemetryCommand,
  telemetryFlags,
} from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Handler = (argv: unknown) => unknown
interface Definition {
  handler: Handler
  /** As it was defined, e.g. `run <file>`. */
  readonly original: string
}

/**
 * The objects behind a program, the same ones for each command in it and in each version since 17. All ways of defining
 * and running a command lead to them, also those of the singleton, whose methods are copies.
 */
interface Commands {
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
interface Usage {
  fail: (message: string | null | undefined, error?: Error) => unknown
  showHelp: (...args: unknown[]) => unknown
  showVersion: (...args: unknown[]) => unknown
}
interface Methods {
  getCommandInstance: () => Commands
  getUsageInstance: () => Usage
  getContext: () => { readonly fullCommands: readonly string[] }
}
type Program = Argv & { getInternalMethods: () => Methods }

/** The first words of the definitions, never the user's input. Empty for the default command. */
const wordsOf = (definitions: readonly string[]): string[] =>
  definitions.map((definition) => definition.split(' ')[0] ?? '').filter((word) => /^[a-z]/i.test(word))

/** Returns the program itself, also for the singleton, whose methods only stand for those of a program. */
const addFlags = (cli: Argv): Program => {
  for (const { flags, description } of telemetryFlags())
    cli.option(flags.replace(/^--/, ''), { type: 'boolean', describe: description, global: true })
  // The parser reads `--no-telemetry` as `telemetry: false`, which strict mode would reject as unknown.
  return cli.option('telemetry', { type: 'boolean', hidden: true, global: true }) as unknown as Program
}

/** Watches the definitions. A command that is defined without a handler gets one of yargs' that does nothing. */
const definedHandlers = (commands: Commands): WeakSet<Handler> => {
  const handlers = new WeakSet(Object.values(commands.handlers).map(({ handler }) => handler))
  const addHandler = commands.addHandler.bind(commands)
  commands.addHandler = (command, description, builder, handler, ...more) => {
    if (typeof handler === 'function') handlers.add(handler as Handler)
    addHandler(command, description, builder, handler, ...more)
  }
  return handlers
}

/** Takes the place of the handler of the command that is about to run. */
const watchCommands = (commands: Commands, methods: Methods, handlers: WeakSet<Handler>, adapter: Adapter): void => {
  const wrap = (name: string | null): void => {
    const key = name ?? ''
    const definition =
      commands.handlers[key] ?? commands.handlers[commands.aliasMap[key] ?? ''] ?? commands.defaultCommand
    if (!definition || !handlers.has(definition.handler)) return
    const { handler, original } = definition
    const path = wordsOf([...methods.getContext().fullCommands, ...(name ? [original] : [])])
    definition.handler = (argv) => {
      definition.handler = handler
      return adapter.run(path, () => handler(argv))
    }
  }
  const runCommand = commands.runCommand.bind(commands)
  commands.runCommand = (name, ...more) => {
    adapter.attempt('record a command', () => wrap(name))
    return runCommand(name, ...more)
  }
}

const watchEnds = (program: Program, usage: Usage, adapter: Adapter): void => {
  const [fail, showHelp, showVersion] = [
    usage.fail.bind(usage),
    usage.showHelp.bind(usage),
    usage.showVersion.bind(usage),
  ]
  // An error of a handler comes without a message, and so may a missing command, without an error.
  usage.fail = (message, error) => {
    if (message || !error) adapter.usageError('UsageError')
    return fail(message, error)
  }
  usage.showHelp = (...args) => {
    adapter.aside('help')
    return showHelp(...args)
  }
  usage.showVersion = (...args) => {
    adapter.aside('version')
    return showVersion(...args)
  }
  const showCompletionScript = program.showCompletionScript.bind(program)
  program.showCompletionScript = (...args) => {
    adapter.aside('completion')
    return showCompletionScript(...args)
  }
}

/** Adds it when the program is parsed, where commands have handlers: else the host itself looks at the first word. */
const addTelemetryCommand = (
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

/** Whether the host waits for the end of a command. Any other way to parse must get a value, not a promise. */
const watchAwaited = (targets: ReadonlySet<Argv>, adapter: Adapter): (() => boolean) => {
  let awaited = false
  for (const target of targets)
    adapter.attempt('see whether it waits', () => {
      const parseAsync = target.parseAsync.bind(target)
      target.parseAsync = (...args: []) => {
        awaited = true
        return parseAsync(...args)
      }
    })
  return () => awaited
}

const instrument = (cli: Argv, adapter: Adapter, argv: readonly string[]): void => {
  const program = addFlags(cli)
  if (instrumented.has(program)) return
  instrumented.add(program)
  const methods = program.getInternalMethods()
  const commands = methods.getCommandInstance()
  const isAwaited = watchAwaited(new Set([program, cli]), adapter)
  const isHandled = () => Object.values(commands.handlers).some(({ handler }) => handlers.has(handler))
  addTelemetryCommand(commands, methods, isHandled, adapter, () => {
    const done = adapter.runTelemetry(argsOfTelemetryCommand(argv))
    return isAwaited() ? done : undefined
  })
  // After that, so that the added command is not an operation.
  const handlers = definedHandlers(commands)
  watchCommands(commands, methods, handlers, adapter)
  watchEnds(program, methods.getUsageInstance(), adapter)
  // Before the validation, so that it also holds for a program that was called wrongly.
  program.middleware((parsed) => {
    adapter.attempt('heed the options', () => adapter.heed(parsed))
    if (!isHandled()) adapter.parsed()
  }, true)
}

const instrumented = new WeakSet<Argv>()

/**
 * Instruments a yargs program and returns the same `cli`, which may be the singleton of yargs 17. Each command that has a
 * handler becomes an operation that is named by its path, e.g. `build` or `policy run`. Wrong usage is recorded as a usage
 * error. Adds the three telemetry flags and, where it takes no operand away, the command `telemetry`. Call it before
 * commands are defined. Throws a TypeError for a wrong option.
 */
export const instrumentYargs = <T>(cli: Argv<T>, options: AdapterOptions): Argv<T> => {
  const adapter = startAdapter('yargs', options)
  const argv = options.argv ?? process.argv.slice(2)
  if (asideOfArguments(argv) === 'completion') adapter.aside('completion')
  adapter.attempt('instrument it', () => instrument(cli as unknown as Argv, adapter, argv))
  return cli
}
