/**
 * For authors of tools on yargs, 17 and newer. docs/adapters.md says what each adapter does.
 *
 * @module
 */
import type { Argv } from 'yargs'
import { type Adapter, type AdapterOptions, asideOfArguments, ownFlags, startAdapter } from './adapter.ts'
import { addTelemetryCommand, definedHandlers, type Program, type Usage, watchCommands } from './yargs-internals.ts'

export type { AdapterOptions } from './adapter.ts'

/** Adds the flags and returns the program itself. The methods of the singleton only forward to a program. */
const addFlags = (cli: Argv): Program => {
  for (const { name, description } of ownFlags())
    cli.option(name, { type: 'boolean', describe: description, global: true })
  // The parser reads `--no-telemetry` as `telemetry: false`, which strict mode would reject as unknown.
  return cli.option('telemetry', { type: 'boolean', hidden: true, global: true }) as unknown as Program
}

const watchEnds = (program: Program, usage: Usage, adapter: Adapter): void => {
  const [fail, showHelp, showVersion] = [
    usage.fail.bind(usage),
    usage.showHelp.bind(usage),
    usage.showVersion.bind(usage),
  ]
  // An error of a handler has no message. A missing command may have a message without an error.
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

/** Whether the host awaits a command. With any other way to parse, the host must get a value and no promise. */
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

const instrument = (cli: Argv, adapter: Adapter): void => {
  const program = addFlags(cli)
  adapter.once(program, () => {
    const methods = program.getInternalMethods()
    const commands = methods.getCommandInstance()
    const isAwaited = watchAwaited(new Set([program, cli]), adapter)
    const isHandled = () => Object.values(commands.handlers).some(({ handler }) => handlers.has(handler))
    addTelemetryCommand(commands, methods, isHandled, adapter, () => {
      const done = adapter.runTelemetry()
      return isAwaited() ? done : undefined
    })
    // Only now, so that the added command does not become an operation.
    const handlers = definedHandlers(commands)
    watchCommands(program, handlers, adapter)
    watchEnds(program, methods.getUsageInstance(), adapter)
    // Before the validation, so that it also applies to a program that was called wrongly.
    program.middleware((parsed) => {
      adapter.attempt('heed the options', () => adapter.heed(parsed))
      if (!isHandled()) adapter.parsed()
    }, true)
  })
}

/**
 * Instruments a yargs program and returns the same `cli`, which may be the singleton of yargs 17. Each command with a
 * handler becomes an operation, named by its path, e.g. `build` or `policy run`. Call it before you define commands.
 * Throws a TypeError for a wrong option.
 */
export const instrumentYargs = <T>(cli: Argv<T>, options: AdapterOptions): Argv<T> => {
  const adapter = startAdapter('yargs', options)
  if (asideOfArguments(adapter.argv) === 'completion') adapter.aside('completion')
  adapter.attempt('instrument it', () => instrument(cli as unknown as Argv, adapter))
  return cli
}
