/**
 * For authors of tools on clipanion, 3 and 4. docs/adapters.md says what each adapter does.
 *
 * @module
 */
import type { BaseContext, Cli, Command, CommandClass } from 'clipanion'
import type { OperationUnit, Telemetry } from '../index.ts'
import { type Adapter, type AdapterOptions, asideOfArguments, startAdapter, type UsedOption } from './adapter.ts'
import { addFlags, addFlagsToHelp, addTelemetryCommand } from './clipanion-additions.ts'
import { kindOf, pathsOf, type Program, registrationsOf, usedIn } from './clipanion-internals.ts'

export type { AdapterOptions } from './adapter.ts'

/** Whether a path begins with a word. clipanion's own commands for help and the version have options as paths. */
const isWord = ([first = '-']: readonly string[]): boolean => !first.startsWith('-')

/**
 * Runs a command as an operation. It includes the command's own error handler, which may turn a failure into a success.
 */
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
    const run = () => adapter.run(path, execute, used)
    const asked = adapter.ask(path)
    return asked ? asked.then(run) : run()
  })
  // The handler has been called.
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
      adapter.attempt('name a mistake', () => adapter.usageError(kindOf(error as Error, cli, args[0])))
      throw error
    }
  }
  const record = (command: Command, own: CommandClass | undefined, input: unknown): void => {
    const type = command.constructor as CommandClass
    if (type === own) return
    const path = pathsOf(type).find(isWord)
    const isDefault = pathsOf(type).some(({ length }) => length === 0)
    // For `--help`, clipanion runs a command that is not the program's.
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
 * Instruments a clipanion program. Each command becomes an operation, named by its first path, e.g. `build` or
 * `policy run`; a default command has the name of the program. A command fails if it throws what its `catch` does not
 * handle, or returns an exit code other than 0. Call it before `run()` or `runExit()`; you can register commands before
 * or after. Throws a TypeError for a wrong option.
 */
export const instrumentClipanion = <Context extends BaseContext>(
  cli: Cli<Context>,
  options: AdapterOptions,
): Telemetry => {
  const adapter = startAdapter('clipanion', options)
  const program = cli as unknown as Program
  let own: CommandClass | undefined
  let prepared = false
  /** Called after the program was parsed, since only then all of its commands exist. */
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
