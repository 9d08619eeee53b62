import type { Hook, Interfaces } from '@oclif/core'
import type { ErrorClass } from '../index.ts'
import {
  type Adapter,
  type AdapterOptions,
  asideOfArguments,
  ownFlags,
  startAdapter,
  telemetryCommand,
} from './adapter.ts'
import { exitCodeOf, type Flags, runCommand, type Runnable, usedIn } from './oclif-internals.ts'

/** Types of plugins that the user has installed. Their commands and options have private names. */
const privateTypes: readonly unknown[] = ['user', 'link']

const pathOf = ({ id }: Runnable): string[] => id.split(':').filter((word) => word !== '')

const flagDefinitions = (): Flags =>
  Object.fromEntries(
    ownFlags().map(({ name, camelName, description }) => [
      name,
      {
        type: 'boolean',
        name,
        description,
        allowNo: false,
        helpGroup: 'TELEMETRY',
        // The parser calls this function with the value. oclif's own `Flags.boolean()` also sets it.
        parse: async (input: unknown) => {
          shared?.heed({ [camelName]: input })
          return input
        },
      },
    ]),
  )

const wrapRun = (command: Runnable, adapter: Adapter): void => {
  const run = command.run.bind(command)
  const isPrivate = privateTypes.includes(command.plugin?.type)
  const path = isPrivate ? ['private'] : pathOf(command)
  command.run = (argv, options) => {
    command.run = run
    return runCommand(
      () => run(argv, options),
      (action) => adapter.run(path, action, () => (isPrivate ? [] : usedIn(command, argv ?? adapter.argv))),
    )
  }
  // A class may define this name as a getter.
  const value = { ...flagDefinitions(), ...command.baseFlags }
  Object.defineProperty(command, 'baseFlags', { value, configurable: true, enumerable: true, writable: true })
}

/** Adds the flags to oclif's manifest too, because the help is made from it. */
const addFlagsToHelp = (config: Interfaces.Config): void => {
  for (const command of config.commands) Object.assign(command.flags, flagDefinitions())
}

/**
 * `--flag` for `--flag=value`. oclif splits this argument of a boolean flag: it sets the flag, whatever the value says,
 * and treats the value as an argument.
 */
const withoutValue = (argument: string): string => {
  const flag = ownFlags().find(({ flags }) => argument.startsWith(`${flags}=`))
  return flag?.flags ?? argument
}

/** The run that the hooks and the command share, since oclif calls each of them separately. */
let shared: Adapter | undefined

export const begin = (options: AdapterOptions): Adapter => {
  const { classifyError } = options
  const classify = (error: unknown): ErrorClass | undefined =>
    classifyError?.(error) ?? (exitCodeOf(error) === undefined ? undefined : 'user')
  const argv = (options.argv ?? process.argv.slice(2)).map(withoutValue)
  if (shared) return shared
  shared = startAdapter('oclif', { ...options, argv, classifyError: classify })
  // A run without a command shows a version, or the help of the program or of a topic.
  shared.aside(asideOfArguments(argv) ?? 'help')
  return shared
}

export const hasBegun = (): boolean => shared !== undefined

/** The hooks of an oclif program, by the names of oclif. */
export interface OclifHooks {
  readonly init: Hook<'init'>
  readonly prerun: Hook<'prerun'>
  readonly finally: Hook<'finally'>
}

/**
 * Hooks that instrument an oclif program. Declare them in package.json as `init`, `prerun` and `finally`. Each command
 * becomes an operation, named by its id, e.g. `build` or `policy run`; commands of plugins that the user has installed
 * are `private`. The hook `init` throws a TypeError for a wrong option.
 */
export const oclifHooks = (options: AdapterOptions): OclifHooks => ({
  init: async ({ config, id }) => {
    const adapter = begin(options)
    // Older releases of oclif 4 have no hook `finally`.
    process.prependOnceListener('exit', (code) => {
      adapter.attempt('see what failed', () => {
        if (code !== 0 && id !== undefined && !config.findCommand(id)) adapter.usageError('UnknownCommandError')
      })
    })
    adapter.attempt('add the flags to the help', () => {
      if (config.findCommand(telemetryCommand.name)) adapter.hasTelemetryCommand()
      addFlagsToHelp(config)
    })
  },
  prerun: async ({ Command: command }) => {
    const adapter = shared
    let asked: Promise<void> | undefined
    adapter?.attempt('record a command', () => {
      const target = command as unknown as Runnable
      if (target.id === telemetryCommand.name) return
      wrapRun(target, adapter)
      asked = adapter.ask(pathOf(target))
    })
    await asked
  },
  finally: async ({ Command: command, error, id }) => {
    if (error && !command && id !== undefined) shared?.usageError('UnknownCommandError')
  },
})
