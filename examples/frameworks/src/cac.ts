#!/usr/bin/env node
import { cac } from 'cac'
import { currentTelemetry } from 'cq-telemetry'
import { instrumentCac } from 'cq-telemetry/cac'
import { greet } from './greet.ts'
import { options } from './options.ts'

const cli = cac('greet')
instrumentCac(cli, options)

cli
  .command('hello <name>', 'Greet somebody.')
  .option('--loud', 'in capitals')
  .action(async (name: string, { loud }: { loud?: boolean }) => {
    await currentTelemetry().ask()
    greet(name, loud === true)
  })
cli.help()
cli.parse(process.argv, { run: false })
await cli.runMatchedCommand()
