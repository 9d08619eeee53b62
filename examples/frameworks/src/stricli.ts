#!/usr/bin/env node
import { buildApplication, buildCommand, buildRouteMap, run, type StricliProcess } from '@stricli/core'
import { instrumentStricli } from 'cq-telemetry/stricli'
import { greet } from './greet.ts'
import { options } from './options.ts'

const hello = buildCommand({
  func: ({ loud }: { loud: boolean }, name: string) => greet(name, loud),
  parameters: {
    flags: { loud: { kind: 'boolean', brief: 'in capitals', default: false } },
    positional: { kind: 'tuple', parameters: [{ brief: 'who', parse: String }] },
  },
  docs: { brief: 'Greet somebody.' },
})
const root = buildRouteMap({ routes: { hello }, docs: { brief: 'Greet somebody.' } })
const app = buildApplication(root, { name: 'greet' })
await run(instrumentStricli(app, options), process.argv.slice(2), { process: process as StricliProcess })
