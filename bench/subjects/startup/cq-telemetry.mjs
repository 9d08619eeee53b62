import { instrument } from 'cq-telemetry'
import { lastStatement } from '../last-statement.mjs'

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
