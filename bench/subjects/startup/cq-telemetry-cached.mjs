// A host that switches on Node's own compile cache for all of its modules, as `cq-telemetry init` writes it.
import module from 'node:module'
import { instrument } from 'cq-telemetry'
import { lastStatement } from '../last-statement.mjs'

module.enableCompileCache(process.env.CACHE)
if (STAGE !== 'import') {
  const telemetry = instrument({
    app: { name: 'bench', version: '1.0.0' },
    otlp: { endpoint: process.env.ENDPOINT },
    publicNames: { operations: ['work'] },
    sendInDevelopment: true,
  })
  if (STAGE === 'operation') telemetry.operation('work', () => undefined)
}
lastStatement(instrument)
