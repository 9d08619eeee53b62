import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { lastStatement } from './last-statement.mjs'

const client = new RudderAnalytics('key', { dataPlaneUrl: process.env.ENDPOINT })
client.track({ anonymousId: 'bench', event: 'work' })
lastStatement()
await new Promise((resolve) => client.flush(resolve))
