import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drain } from '../../src/deliver/drain.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { run, runFixture } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { child, deliverRest, files, jobFor, sawNotice, spoolDirectory, spooled, states } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'

/** An error while a file is claimed never deletes it, and never keeps a drain busy. */

const place = usePlace()
const receiver = useReceiver()

const record = async () => {
  sawNotice(place)
  await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
}

withTool('strace', describe)('an error of the disk', () => {
  /** Runs the child; each of these system calls fails with the error. */
  const runFailing = (call: string, error: string) => {
    const job = join(place.cwd, 'job')
    writeFileSync(job, JSON.stringify(jobFor(place, receiver.url)))
    const inject = `inject=${call}:error=${error}`
    const traced = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
    return run('bash', ['-c', '"$@" < job', 'bash', ...traced, process.execPath, child], place)
  }

  test.each([
    ['utimensat', 'EIO'],
    ['utimensat', 'ESTALE'],
    ['utimensat', 'EPERM'],
    ['pread64', 'EIO'],
    ['rename', 'EACCES'],
  ])('of %s (%s) leaves what was recorded, and the next child sends it', async (call, error) => {
    await record()
    await runFailing(call, error)
    expect(receiver.requests).toEqual([])
    expect(states(place)).toEqual(['jsonl'])
    await deliverRest(place, receiver.url)
    expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  })
})

describe('a file that is not ours', () => {
  test('such as a link stays unchanged, and the drain ends', async () => {
    await record()
    const [name = ''] = spooled(place)
    const elsewhere = join(place.cwd, 'elsewhere')
    writeFileSync(elsewhere, readFileSync(join(spoolDirectory(place), name)))
    const link = name.replace(/\.[0-9a-z]{19}\./, `.${'0'.repeat(19)}.`)
    symlinkSync(elsewhere, join(spoolDirectory(place), link))
    expect(await drain(jobFor(place, receiver.url), () => undefined)).toEqual({ left: 1 })
    expect(spooled(place)).toEqual([link])
    expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  })
})

describe('the lock', () => {
  test('is skipped if a directory has its name', async () => {
    await record()
    mkdirSync(files(place).drainLock)
    expect(await drain(jobFor(place, receiver.url), () => undefined)).toEqual({ left: 0 })
    expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  })
})
