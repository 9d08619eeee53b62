// The child that sends, without the spool's limits: they would throw away what is to be measured.
import { readFileSync } from 'node:fs'
import { drain } from '../../src/deliver/drain.ts'
import type { Job } from '../../src/launch/job.ts'

const limits = { maxBytes: Infinity, maxFiles: Infinity, maxAgeMs: Infinity, maxMovingBytes: Infinity }
await drain(JSON.parse(readFileSync(0, 'utf8')) as Job, () => undefined, limits)
process.exit()
