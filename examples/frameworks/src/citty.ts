#!/usr/bin/env node
import { defineCommand, runMain } from 'citty'
import { instrumentCitty } from 'cq-telemetry/citty'
import { greet } from './greet.ts'
import { options } from './options.ts'

const hello = defineCommand({
  args: { name: { type: 'positional', required: true }, loud: { type: 'boolean', default: false } },
  run: ({ args }) => greet(args.name, args.loud),
})
const main = defineCommand({ meta: { name: 'greet', description: 'Greet somebody.' }, subCommands: { hello } })
await runMain(instrumentCitty(main, options))
