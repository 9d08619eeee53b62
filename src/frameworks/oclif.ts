import { Command, type Hook, type Interfaces } from '@oclif/core'
import type { ErrorClass } from '../index.ts'
import {
  type Adapter,
  type AdapterOptions,
  asideOfArguments,
  ownFlags,
  startAdapter,
  telemetryCommand,
  type UsageKind,
  usedOptions,
} from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

interface Flag {
  readonly type: string
  readonly char?: string
  readonly aliases?: readonly string[]
  readonly charAliases?: readonly string[]
  readonly options?: readonly string[]
}
type Flags = Record<string, Flag>
interface Runnable {
  readonly id: string
  readonly plugin?: { readonly type?: string } | undefined
  baseFlags?: Flags
  readonly flags?: Flags
  run(argv?: string[], options?: unknown): Promise<unknown>
}

/** Types of plugins that the user has installed. The names of their commands are private. */
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
        // A flag that is made with oclif's own `Flags.boolean()` has this function, and the parser calls it with the value.
        parse: async (input: unknown) => {
          shared?.heed({ [camelName]: input })
          return input
        },
      },
    ]),
  )

const usedIn = ({ flags, baseFlags }: Runnable, argv: readonly string[]) =>
  usedOptions(
    argv,
    Object.entries({ ...baseFlags, ...flags }).map(([name, { char, aliases, charAliases, type, options }]) => ({
      names: [name, ...(char ? [char] : []), ...(aliases ?? []), ...(charAliases ?? [])],
      boolean: type === 'boolean',
      choices: options,
    })),
  )

/** The exit code of an error of oclif itself: of wrong usage, or of `this.exit()`. Undefined for any other error. */
const exitCodeOf = (error: unknown): number | undefined =>
  (error as { oclif?: { exit?: number } } | null | undefined)?.oclif?.exit

/** Our name for each error of oclif's parser, all of which have the property `parse`. */
const kinds: ReadonlyMap<string, UsageKind> = new Map(
  Object.entries({
    NonExistentFlagsError: 'UnknownOptionError',
    RequiredArgsError: 'MissingArgumentError',
    UnexpectedArgsError: 'InvalidArgumentError',
    FlagInvalidOptionError: 'InvalidArgumentError',
    ArgInvalidOptionError: 'InvalidArgumentError',
    FailedFlagValidationError: 'InvalidArgumentError',
    ViolatedFlagConstraintError: 'InvalidArgumentError',
  } as const),
)
const kindOf = (error: unknown): UsageKind | undefined =>
  error instanceof Error && 'parse' in error && exitCodeOf(error) !== undefined
    ? (kinds.get(error.constructor.name) ?? 'UsageError')
    : undefined

/** `this.exit(0)` throws, but it is a success; an error of the parser has no name. The host gets the error itself. */
const runCommand = async (run: () => Promise<unknown>, inOperation: (action: () => Promise<void>) => Promise<void>) => {
  let result: unknown
  let failure: { readonly error: unknown } | undefined
  const action = async () => {
    try {
      result = await run()
    } catch (error) {
      failure = { error }
      if (exitCodeOf(error) === 0) return
      const name = kindOf(error)
      throw name ? { name } : error
    }
  }
  await inOperation(action).catch(() => undefined)
  if (failure) throw failure.error
  return result
}

const wrapRun = (command: Runnable, adapter: Adapter): void => {
  const run = command.run.bind(command)
  const path = privateTypes.includes(command.plugin?.type) ? ['private'] : pathOf(command)
  command.run = (argv, options) => {
    command.run = run
    return runCommand(
      () => run(argv, options),
      (action) => adapter.run(path, action, () => usedIn(command, argv ?? adapter.argv)),
    )
  }
  command.baseFlags = { ...flagDefinitions(), ...command.baseFlags }
}

/** Adds the flags to oclif's manifest too, because the help is made from it. */
const addFlagsToHelp = (config: Interfaces.Config): void => {
  for (const command of config.commands) Object.assign(command.flags, flagDefinitions())
}

/** oclif splits `--flag=value` of a boolean flag: the flag is set, and the value is an argument, whatever it says. */
const withoutValue = (argument: string): string => {
  const flag = ownFlags().find(({ flags }) => argument.startsWith(`${flags}=`))
  return flag?.flags ?? argument
}

/** The run that the hooks and the command share; oclif calls each of them separately. */
let shared: Adapter | undefined

const begin = (options: AdapterOptions): Adapter => {
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

export interface OclifHooks {
  readonly init: Hook<'init'>
  readonly prerun: Hook<'prerun'>
  readonly finally: Hook<'finally'>
}

/**
 * Hooks that instrument an oclif program. Declare them in package.json as the hooks `init`, `prerun` and `finally`.
 * Each command becomes an operation that is named by its id, e.g. `build` or `policy run`; commands of plugins that the
 * user has installed are `private`. Unknown commands and wrong flags are recorded by their kind. Adds the three
 * telemetry flags to each command. The hook `init` throws a TypeError for a wrong option.
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
    const target = command as unknown as Runnable
    const adapter = shared
    if (adapter && target.id !== telemetryCommand.name)
      adapter.attempt('record a command', () => wrapRun(target, adapter))
  },
  finally: async ({ Command: command, error, id }) => {
    if (error && !command && id !== undefined) shared?.usageError('UnknownCommandError')
  },
})

/** The program's package.json, in which the options of the plugin are under `oclif.telemetry`. */
interface PluginOptions {
  readonly oclif?: { readonly telemetry?: Partial<AdapterOptions> }
}

const pluginOptions = ({ name, version, bin, pjson }: Interfaces.Config): AdapterOptions => ({
  app: { name: bin || name, version },
  ...(pjson as unknown as PluginOptions).oclif?.telemetry,
})

/** A hook that reads its options from package.json when oclif calls it. */
const pluginHook = <Event extends keyof OclifHooks>(event: Event): OclifHooks[Event] =>
  async function (this: unknown, context: { readonly config: Interfaces.Config }) {
    const hook = oclifHooks(pluginOptions(context.config))[event] as (
      this: unknown,
      context: unknown,
    ) => Promise<unknown>
    if (event !== 'init' || !shared) await hook.call(this, context)
  } as OclifHooks[Event]

/** The hooks of the plugin, for `"oclif": { "plugins": ["cq-telemetry"] }`. */
export const init = pluginHook('init')
export const prerun = pluginHook('prerun')
const finallyHook = pluginHook('finally')
export { finallyHook as finally }

/** `<tool> telemetry …` */
export class TelemetryCommand extends Command {
  static override readonly description = telemetryCommand.description
  static override readonly strict = false
  static override readonly examples = ['status', 'view --open', 'disable'].map(
    (words) => `<%= config.bin %> <%= command.id %> ${words}`,
  )

  override async run(): Promise<void> {
    await begin(pluginOptions(this.config)).runTelemetry(this.argv)
  }
}

/** The commands of the plugin. */
export const COMMANDS = { [telemetryCommand.name]: TelemetryCommand }
