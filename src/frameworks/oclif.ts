import { Command, type Hook, type Interfaces } from '@oclif/core'
import { type ErrorClass, telemetryFlags } from '../index.ts'
import { type Adapter, adapt, type AdapterOptions, telemetryCommand } from './adapter.ts'

export type { AdapterOptions } from './adapter.ts'

type Flags = Record<string, object>
interface Runnable {
  readonly id: string
  readonly plugin?: { readonly type?: string } | undefined
  baseFlags?: Flags
  run(argv?: string[], options?: unknown): Promise<unknown>
}

/** Commands that a user has installed are the user's affair: their names do not leave. */
const hiddenTypes: readonly unknown[] = ['user', 'link']

const pathOf = ({ id }: Runnable): string[] => id.split(':').filter((word) => word !== '')

const flagDefinitions = (): Flags =>
  Object.fromEntries(
    telemetryFlags().map(({ flags, description }) => [
      flags.replace(/^--/, ''),
      {
        type: 'boolean',
        name: flags.replace(/^--/, ''),
        description,
        allowNo: false,
        helpGroup: 'TELEMETRY',
        // What a flag of oclif's own making has.
        parse: async (input: unknown) => input,
      },
    ]),
  )

/** An error of oclif's own: what was typed is wrong, or the command says that it ends. Not a fault of the tool. */
const exitOf = (error: unknown): number | undefined =>
  (error as { oclif?: { exit?: number } } | null | undefined)?.oclif?.exit

/** `this.exit(0)` is an error to JavaScript alone. */
const runCommand = async (run: () => Promise<unknown>, inOperation: (action: () => Promise<void>) => Promise<void>) => {
  let result: unknown
  let left: { readonly error: unknown } | undefined
  await inOperation(async () => {
    try {
      result = await run()
    } catch (error) {
      if (exitOf(error) !== 0) throw error
      left = { error }
    }
  })
  if (left) throw left.error
  return result
}

const wrapRun = (command: Runnable, adapter: Adapter): void => {
  const run = command.run.bind(command)
  const path = hiddenTypes.includes(command.plugin?.type) ? ['private'] : pathOf(command)
  command.run = (argv, options) => {
    command.run = run
    return runCommand(
      () => run(argv, options),
      (action) => adapter.run(path, action),
    )
  }
  command.baseFlags = { ...flagDefinitions(), ...command.baseFlags }
}

/** The manifest's copies of the flags are what help shows. */
const showFlags = (config: Interfaces.Config): void => {
  for (const command of config.commands) Object.assign(command.flags, flagDefinitions())
}

/** Hooks and command are called on their own by oclif, and share one run. */
let started: Adapter | undefined

const begin = (options: AdapterOptions): Adapter => {
  const { classifyError } = options
  const classify = (error: unknown): ErrorClass | undefined =>
    classifyError?.(error) ?? (exitOf(error) === undefined ? undefined : 'user')
  started ??= adapt({ ...options, classifyError: classify }, { watchesUsage: false })
  return started
}

export interface OclifHooks {
  readonly init: Hook<'init'>
  readonly prerun: Hook<'prerun'>
  readonly finally: Hook<'finally'>
}

/**
 * The hooks that instrument a program of oclif's: each command becomes an operation named by its id, `build` or
 * `policy run`; commands that are not there and wrong flags are recorded by their kind; the flags are added to each
 * command. Name them in package.json as the hooks `init`, `prerun` and `finally`. The commands of plugins that the user
 * has installed are `private`. A wrong option is a TypeError when the program starts.
 */
export const oclifHooks = (options: AdapterOptions): OclifHooks => ({
  init: async ({ config }) => {
    begin(options)
    showFlags(config)
  },
  prerun: async ({ Command: command }) => {
    const target = command as unknown as Runnable
    if (started && target.id !== telemetryCommand.name) wrapRun(target, started)
  },
  finally: async ({ Command: command, error, id }) => {
    if (error && !command && id !== undefined) started?.usageError('UnknownCommandError')
  },
})

/** As a plugin: the options are in the program's package.json, below `oclif.telemetry`. */
interface PluginOptions {
  readonly oclif?: { readonly telemetry?: Partial<AdapterOptions> }
}

const pluginOptions = ({ name, version, bin, pjson }: Interfaces.Config): AdapterOptions => ({
  app: { name: bin || name, version },
  ...(pjson as unknown as PluginOptions).oclif?.telemetry,
})

/** Hooks of the plugin take their options when the program starts. */
const ofPlugin = <Event extends keyof OclifHooks>(event: Event): OclifHooks[Event] =>
  async function (this: unknown, given: { readonly config: Interfaces.Config }) {
    const hook = oclifHooks(pluginOptions(given.config))[event] as (this: unknown, given: unknown) => Promise<unknown>
    if (event !== 'init' || !started) await hook.call(this, given)
  } as OclifHooks[Event]

/** The hooks of the plugin, for `"oclif": { "plugins": ["cq-telemetry"] }`. */
export const init = ofPlugin('init')
export const prerun = ofPlugin('prerun')
const atTheEnd = ofPlugin('finally')
export { atTheEnd as finally }

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
