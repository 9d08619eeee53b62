import { PostHog } from 'posthog-node'
import { lastStatement } from './last-statement.mjs'

const client = new PostHog('key', { host: process.env.ENDPOINT })
client.capture({ distinctId: 'bench', event: 'work' })
lastStatement()
await client.shutdown()
