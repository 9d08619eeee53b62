#!/usr/bin/env node
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { currentTelemetry } from 'cq-telemetry'
import { instrumentYargs } from 'cq-telemetry/yargs'
import { greet } from './greet.ts'
import { options } from './options.ts'

await instrumentYargs(yargs(hideBin(process.argv)).scriptName('greet'), options)
  .command(
    'hello <name>',
    'Greet somebody.',
    (below) =>
      below
        .positional('name', { type: 'string', demandOption: true })
        .option('loud', { type: 'boolean', default: false }),
    async ({ name, loud }) => {
      await currentTelemetry().ask()
      greet(name, loud)
    },
  )
  .demandCommand(1)
  .strict()
  .parseAsync()
