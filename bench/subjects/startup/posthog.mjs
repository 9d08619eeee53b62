import { PostHog } from 'posthog-node'
import { lastStatement } from '../last-statement.mjs'

if (STAGE !== 'import') {
  const client = new PostHog('key', { host: process.env.ENDPOINT })
  if (STAGE === 'operation') client.capture({ distinctId: 'bench', event: 'work' })
}
lastStatement(PostHog)
