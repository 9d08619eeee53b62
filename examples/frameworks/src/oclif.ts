import { Args, Command, Flags } from '@oclif/core'
import { oclifHooks, TelemetryCommand } from 'cq-telemetry/oclif'
import { greet } from './greet.ts'
import { options } from './options.ts'

class Hello extends Command {
  static override description = 'Greet somebody.'
  static override args = { name: Args.string({ required: true }) }
  static override flags = { loud: Flags.boolean() }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Hello)
    greet(args.name, flags.loud)
  }
}

/** Named in package.json, as the hooks are. */
export const COMMANDS = { hello: Hello, telemetry: TelemetryCommand }
export const { init, prerun, finally: atTheEnd } = oclifHooks(options)
