import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from '../../src/launch/job.ts'
import { ensureChoice } from '../../src/consent/choice.ts'
import { saveNoticeDate } from '../../src/consent/notice.ts'
import { type Layout, layoutOf } from '../../src/machine/layout.ts'
import { nodeFlags } from '../../src/launch/child-command.ts'
import { decodeLines } from '../../src/otlp/decode.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import { parseName } from '../../src/spool/name.ts'
import type { Place } from './program.ts'

/** The spool of a place, and its real child. */

export const child = new URL('../../dist/deliver/main.js', import.meta.url).pathname

export const telemetryDirectory = (place: Place): string => join(place.home, '.cq', 'telemetry')
export const files = (place: Place): Layout => layoutOf(telemetryDirectory(place))
export const consentFile = (place: Place): string => files(place).consent
export const spoolDirectory = (place: Place): string => files(place).spool

/** As if an earlier run had shown the notice on a terminal. */
export const sawNotice = (place: Place): void => {
  ensureChoice(consentFile(place))
  saveNoticeDate(files(place), new Date())
}

/** As if the pauses after a failure, and after the last child, were over. */
export const afterPause = (place: Place): void => {
  const { deliveryState, lastStart } = files(place)
  for (const file of [deliveryState, lastStart]) rmSync(file, { force: true })
}

export const spooled = (place: Place): string[] =>
  existsSync(spoolDirectory(place)) ? readdirSync(spoolDirectory(place)).sort() : []

/** What the files hold, checked against the table. */
export const batchesIn = (place: Place): Batch[] =>
  spooled(place).flatMap((name) =>
    decodeLines(readFileSync(join(spoolDirectory(place), name), 'utf8').split('\n')).flat(),
  )

/** The destinations that lack each file. */
export const lacking = (place: Place): string[] =>
  spooled(place).flatMap((name) => parseName(name)?.destinations.join('+') ?? [])

/** States of the files, without what follows a claim or a mark. */
export const states = (place: Place): string[] =>
  spooled(place).map((name) => (name.split('.').at(-1) ?? '').replace(/-.*/, ''))

export const jobFor = (place: Place, url: string, more: Partial<Job> = {}): Job => ({
  directory: telemetryDirectory(place),
  rudder: { writeKey: 'the-write-key', dataPlaneUrl: url },
  otlp: { url: `${url}/v1/traces`, headers: {} },
  // 20 seconds for a test that drains in its own process; a child starts at 0 and has more.
  endsAfterMs: performance.now() + 20_000,
  debug: false,
  ...more,
})

/** Starts the real child. */
export const startChild = (job: Job) => {
  const running = spawn(process.execPath, [...nodeFlags(), child], { stdio: ['pipe', 'ignore', 'pipe'] })
  running.stdin.end(JSON.stringify(job))
  return running
}

/** Runs the real child once. Resolves with what it says, if its job has debug set. */
export const runChild = async (job: Job): Promise<string> => {
  const running = startChild(job)
  let said = ''
  running.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(running, 'close')
  return said
}

/** Kills the child that is at work, if there is one. */
export const killChild = (place: Place): boolean => {
  try {
    process.kill(Number(readFileSync(files(place).drainLock, 'utf8').split('-')[0]), 'SIGKILL')
    return true
  } catch {
    return false
  }
}

/** Runs the real child until nothing is left that is to be sent; for a minute at most. */
export const deliverRest = async (place: Place, url: string, more: Partial<Job> = {}): Promise<void> => {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    await runChild(jobFor(place, url, more))
    if (!states(place).some((state) => state !== 'held')) return
  }
  throw new Error(`not delivered: ${spooled(place).join(', ')}`)
}
