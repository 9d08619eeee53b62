import { readFileSync } from 'node:fs'
import { debugTo } from '../machine/debug.ts'
import { allowedGeneration } from './allowed.ts'
import { drain } from './drain.ts'
import type { Job } from '../launch/job.ts'
import { sendUnspooled } from './unspooled.ts'

/**
 * The child: a process of its own, so that neither the network nor a fault of this package can hold or break the command.
 * It always ends when its time is over; what it has not delivered by then stays in the spool.
 */

/** Milliseconds between the end of the last request and that of the process, to save the state: of half a second 30. */
const settleMs = (leftMs: number): number => Math.min(500, leftMs * 0.07)

/** Milliseconds after which the child notices that the user has said no, also during a request. */
const checkEveryMs = 250

/**
 * Ends this process. By a signal, because `process.exit` waits for a name resolution that is under way, which a patient
 * resolver can hold for minutes (tried: 51 s).
 */
const endNow = (): void => {
  process.kill(process.pid, 'SIGTERM')
}

const endOnNo = (job: Job): void => {
  const generation = allowedGeneration(job)
  if (generation === undefined) return
  setInterval(() => {
    if (allowedGeneration(job) !== generation) endNow()
  }, checkEveryMs).unref()
}

/** The job: a file that has been unlinked, or a pipe. */
const standardInput = 0

const run = async (): Promise<void> => {
  const job = JSON.parse(readFileSync(standardInput, 'utf8')) as Job
  const { endsAfterMs } = job
  endOnNo(job)
  const leftMs = Math.max(0, endsAfterMs - performance.now())
  setTimeout(endNow, leftMs).unref()
  const sending = { ...job, endsAfterMs: endsAfterMs - settleMs(leftMs) }
  const debug = debugTo(job.debug)
  if (job.lines) await sendUnspooled(job.lines, sending, debug)
  await drain(sending, debug)
}

// An error in a callback of one destination's connection is no end of the other's: its request runs into its time-out.
process.on('uncaughtException', () => undefined)
run().then(endNow, () => process.exit(1))
