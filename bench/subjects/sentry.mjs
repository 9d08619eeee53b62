import * as Sentry from '@sentry/node'
import { lastStatement } from './last-statement.mjs'

const { host } = new URL(process.env.ENDPOINT)
Sentry.init({ dsn: `http://key@${host}/1`, defaultIntegrations: false })
Sentry.captureMessage('work')
lastStatement()
await Sentry.close()
