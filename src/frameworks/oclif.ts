/**
 * For authors of tools on oclif, 4 and newer. docs/adapters.md says what each adapter does.
 *
 * @module
 */
import { Command, type Interfaces } from '@oclif/core'
import { type AdapterOptions, telemetryCommand } from './adapter.ts'
import { begin, hasBegun, oclifHooks, type OclifHooks } from './oclif-hooks.ts'

export type { AdapterOptions } from './adapter.ts'
export { oclifHooks, type OclifHooks } from './oclif-hooks.ts'

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
    if (event !== 'init' || !hasBegun()) await hook.call(this, context)
  } as OclifHooks[Event]

/** The hooks of the plugin, for `"oclif": { "plugins": ["cq-telemetry"] }`. */
export const init = pluginHook('init')
export const prerun = pluginHook('prerun')
const finallyHook = pluginHook('finally')
export { finallyHook as finally }

/** The command `<tool> telemetry …`. */
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
