#!/usr/bin/env node
import { Builtins, Cli, Command, Option } from 'clipanion'
import { instrumentClipanion } from 'cq-telemetry/clipanion'
import { greet } from './greet.ts'
import { options } from './options.ts'

class Hello extends Command {
  static override paths = [['hello']]
  static override usage = { description: 'Greet somebody.' }
  name = Option.String()
  loud = Option.Boolean('--loud', false)

  async execute(): Promise<void> {
    greet(this.name, this.loud)
  }
}

const cli = Cli.from([Hello, Builtins.HelpCommand], { binaryName: 'greet' })
instrumentClipanion(cli, options)
await cli.runExit(process.argv.slice(2), Cli.defaultContext)
