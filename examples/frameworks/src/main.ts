#!/usr/bin/env node
import { parseArgs } from 'node:util'
import type { Telemetry } from 'cq-telemetry'
import { runTelemetryCommand } from 'cq-telemetry/command'
import { instrumentMain, telemetryOptions } from 'cq-telemetry/main'
import { greet } from './greet.ts'
import { options } from './options.ts'

const [command, ...args] = process.argv.slice(2)
const ownOptions = {
  ...options,
  command: 'greet telemetry',
  publicNames: { ...options.publicNames, operations: ['hello'] },
}

const config = {
  args,
  allowPositionals: true,
  options: { ...telemetryOptions, loud: { type: 'boolean' } },
} as const

const main = async (telemetry: Telemetry): Promise<void> => {
  const { values, positionals } = parseArgs(config)
  if (command !== 'hello') throw new Error('usage: greet hello <name> [--loud]')
  await telemetry.ask()
  greet(String(positionals[0]), values.loud === true)
}

if (command === 'telemetry') process.exitCode = await runTelemetryCommand(args, ownOptions)
else await instrumentMain({ ...ownOptions, operation: command, parseArgs: config }, main)
