import { instrument } from 'cq-telemetry'
import { lastStatement } from './last-statement.mjs'

const { ENDPOINT: endpoint, DELIVERY: delivery } = process.env
const telemetry = instrument({
  app: { name: 'bench', version: '1.0.0' },
  otlp: { endpoint },
  publicNames: { operations: ['work'] },
  sendInDevelopment: true,
  delivery,
})
telemetry.operation('work', () => undefined)
lastStatement()
