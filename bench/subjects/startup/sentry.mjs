import * as Sentry from '@sentry/node'
import { lastStatement } from '../last-statement.mjs'

if (STAGE !== 'import') {
  const { host } = new URL(process.env.ENDPOINT)
  Sentry.init({ dsn: `http://key@${host}/1`, defaultIntegrations: false })
  if (STAGE === 'operation') Sentry.captureMessage('work')
}
lastStatement(Sentry)
