#!/usr/bin/env node
import { Command } from 'commander'
import { instrumentCommander } from 'cq-telemetry/commander'
import { greet } from './greet.ts'
import { options } from './options.ts'

const program = new Command('greet').description('Greet somebody.')
instrumentCommander(program, options)

program
  .command('hello')
  .argument('<name>')
  .option('--loud')
  .action((name: string, { loud }: { loud?: boolean }) => greet(name, loud === true))
await program.parseAsync()
