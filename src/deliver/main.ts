import { readFileSync } from 'node:fs'
import { debugTo } from '../machine/debug.ts'
import { allowedGeneration } from './allowed.ts'
import { askControls } from './ask-controls.ts'
import { drain } from './drain.ts'
import type { Given, Job } from '../launch/job.ts'
import { resolveWithoutSystem } from './lookup.ts'
import { runInThread } from './thread.ts'
import { sendUnspooled } from './unspooled.ts'

/**
 * The child: a process of its own, so that neither the network nor a fault of this package can block or break the
 * command. It always ends when its time is up. What it has not delivered by then stays in the spool.
 */

/**
 * Milliseconds between the end of the last request and the end of the process, for saving the state: about 30 of half a
 * second.
 */
const settleMs = (leftMs: number): number => Math.min(500, leftMs * 0.07)

/** Milliseconds after which the child notices that the user has opted out, even during a request. */
const checkEveryMs = 250

/** Set by `launch/` if this program is not started as a file. Otherwise the job is on standard input. */
declare const CQ_TELEMETRY: Given | undefined
const given = typeof CQ_TELEMETRY === 'undefined' ? undefined : CQ_TELEMETRY

/**
 * Ends this process by a signal, because `process.exit` waits for a name resolution in progress, which can take minutes
 * (tried: 51 s). In a thread the process is the host's, so only the thread ends.
 */
const endNow = (): void => {
  if (given?.end) given.end()
  else process.kill(process.pid, 'SIGTERM')
}

const endOnNo = (job: Job): void => {
  const generation = allowedGeneration(job)
  if (generation === undefined) return
  setInterval(() => {
    if (allowedGeneration(job) !== generation) endNow()
  }, checkEveryMs).unref()
}

/** The descriptor of an unlinked file, or of a pipe. */
const standardInput = 0

const run = async (): Promise<void> => {
  const job = JSON.parse(given?.job ?? readFileSync(standardInput, 'utf8')) as Job
  // A thread begins later than its process, and its clock counts from the start of the process.
  const endsAfterMs = job.endsAfterMs + (given?.end ? performance.now() : 0)
  if (given?.end) resolveWithoutSystem()
  endOnNo(job)
  const leftMs = Math.max(0, endsAfterMs - performance.now())
  setTimeout(endNow, leftMs).unref()
  const sending = { ...job, endsAfterMs: endsAfterMs - settleMs(leftMs) }
  const debug = debugTo(job.debug)
  await askControls(sending, debug)
  if (job.lines) await sendUnspooled(job.lines, sending, debug)
  await drain(sending, debug)
}

if (given?.thread) runInThread(given.job, given.thread)
else {
  // An uncaught error of one destination's connection must not end the other's. Its request runs into the time-out.
  process.on('uncaughtException', () => undefined)
  void run().then(endNow, endNow)
}
