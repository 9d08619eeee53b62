#!/usr/bin/env node
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
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
    ({ name, loud }) => greet(name, loud),
  )
  .demandCommand(1)
  .strict()
  .parseAsync()
