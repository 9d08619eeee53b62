import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { lastStatement } from '../last-statement.mjs'

if (STAGE !== 'import') {
  const client = new RudderAnalytics('key', { dataPlaneUrl: process.env.ENDPOINT })
  if (STAGE === 'operation') client.track({ anonymousId: 'bench', event: 'work' })
}
lastStatement(RudderAnalytics)
