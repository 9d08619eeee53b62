// A run of as many operations as it is told, for a spool to be made of.
import { instrument } from 'cq-telemetry'
import { lastStatement } from './last-statement.mjs'

const endpoint = 'http://127.0.0.1:9'
const telemetry = instrument({
  app: { name: 'bench', version: '1.0.0' },
  otlp: { endpoint },
  rudder: { writeKey: 'key', dataPlaneUrl: endpoint },
  publicNames: { operations: ['work'] },
  sendInDevelopment: true,
  delivery: 'manual',
})
for (let count = 0; count < Number(process.env.OPERATIONS); count++) telemetry.operation('work', () => undefined)
lastStatement()
