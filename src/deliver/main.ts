import { readFileSync } from 'node:fs'
import { debugTo } from '../machine/debug.ts'
import { allowedGeneration } from './allowed.ts'
import { drain } from './drain.ts'
import type { Job } from '../launch/job.ts'

/**
 * The child: a process of its own, so that neither the network nor a fault of ours can hold or break the command.
 * Its end is unconditional; what is not settled by then is still spooled.
 */

/** Milliseconds after the last request has run out of time: to settle, and to keep how it went. */
const settleMs = 30

/** A no is heeded this soon, in milliseconds, also by a request that is under way. */
const heedMs = 250

const endOnNo = (job: Job): void => {
  const generation = allowedGeneration(job)
  if (generation === undefined) return
  setInterval(() => {
    if (allowedGeneration(job) !== generation) process.exit(0)
  }, heedMs).unref()
}

/** A file without a name, or a pipe that is closed after the job. */
const standardInput = 0

const run = async (): Promise<void> => {
  const job = JSON.parse(readFileSync(standardInput, 'utf8')) as Job
  const { deadline } = job
  endOnNo(job)
  setTimeout(() => process.exit(0), Math.max(0, deadline - Date.now())).unref()
  await drain({ ...job, deadline: deadline - settleMs }, debugTo(job.debug))
}

run().then(
  () => process.exit(0),
  () => process.exit(1),
)
