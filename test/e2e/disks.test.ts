import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Job } from '../../src/launch/job.ts'
import { until } from '../support/collector.ts'
import { type Network, troubles } from '../support/networks.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { impatient, newPlace, type Place, runFixture } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'
import { child, deliverRest, files, jobFor, sawNotice, spooled } from '../support/spool.ts'

/** Disks that are full, read-only or slow, and clocks that jump. */

const place = usePlace()
const receiver = useReceiver()
const preload = (name: string): string => new URL(`../fixtures/preload/${name}.cjs`, import.meta.url).pathname
const faults = (fail: string, home = place.home): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--require ${preload('files')}`,
  FS_BELOW: home,
  FS_FAIL: fail,
})
const eventsThere = () => tracksOf(receiver.requests).map(({ event }) => event)
const messageIds = () => tracksOf(receiver.requests).map(({ messageId }) => messageId)

/** Runs the real child, loaded after a preload. */
const runChildWith = async (preloaded: string, env: NodeJS.ProcessEnv, job: Job) => {
  const running = spawn(process.execPath, ['--require', preload(preloaded), child], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'], ...env },
  })
  running.stdin.end(JSON.stringify(job))
  await once(running, 'close')
  return running.signalCode
}

describe('a disk that cannot be written', () => {
  let silent: Network
  beforeEach(async () => {
    sawNotice(place)
    silent = await troubles['accepted and silent']()
  })
  afterEach(() => silent.close())

  const onBadDisk = (error: string, url: string, more: NodeJS.ProcessEnv = {}) =>
    runFixture('fetch.mjs', place, {
      ...faults(`${error} 1 9999`),
      RUDDER_URL: url,
      TMPDIR: place.cwd,
      ...impatient,
      ...more,
    })
  const expectUnnoticed = async (running: ReturnType<typeof onBadDisk>) => {
    const { code, stdout, stderr } = await running
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'enabled true\n', stderr: '' })
  }
  const errors = ['ENOSPC', 'EROFS', 'EDQUOT', 'EACCES', 'EIO']

  test.each(errors)('(%s) outside of CI makes no command send a request', async (error) => {
    for (let each = 0; each < 2; each++) await expectUnnoticed(onBadDisk(error, silent.url))
    expect(silent.hits()).toBe(0)
    expect(spooled(place)).toEqual([])
  })

  test.each(errors)('(%s) in CI makes one command wait for a silent server', async (error) => {
    const env = { CI: 'true', CQ_DEBUG_TELEMETRY: '1', CQ_TELEMETRY_PATIENCE: '4' }
    const waited = []
    for (let each = 0; each < 3; each++) {
      const { code, stderr } = await onBadDisk(error, silent.url, env)
      expect(code).toBe(0)
      waited.push(!stderr.includes('the last try took too long'))
    }
    expect(waited).toEqual([true, false, false])
  })

  test('in CI makes no command wait if the temporary directory cannot be written either', async () => {
    const env = { CI: 'true', TMPDIR: join(place.cwd, 'missing'), CQ_DEBUG_TELEMETRY: '1' }
    writeFileSync(join(place.cwd, 'missing'), '')
    const { code } = await onBadDisk('EROFS', silent.url, env)
    expect({ code, hits: silent.hits() }).toEqual({ code: 0, hits: 0 })
  })

  test('in CI loses nothing while the server answers', async () => {
    const env = { CI: 'true', CQ_TELEMETRY_PATIENCE: '40' }
    for (let each = 0; each < 3; each++) await expectUnnoticed(onBadDisk('EROFS', receiver.url, env))
    expect(eventsThere()).toEqual(['fetch', 'run', 'fetch', 'run', 'fetch', 'run'])
  })
})

/** More than the calls of a run, and of a drain, that change the disk. */
const steps = Array.from({ length: 24 }, (_, at) => at + 1)
const lasting = [
  ['for one call', (step: number) => `ENOSPC ${step}`],
  ['from then on', (step: number) => `ENOSPC ${step} 9999`],
] as const

/** The home of a run that has ended, and of one that was killed. */
let spooledHome: Place
beforeAll(async () => {
  spooledHome = newPlace()
  sawNotice(spooledHome)
  await runFixture('fetch.mjs', spooledHome, { RUDDER_URL: 'http://127.0.0.1:1', DELIVERY: 'manual' })
  const killed = { CQ_RUDDER_URL: 'http://127.0.0.1:1', CQ_RUDDER_WRITE_KEY: 'the-write-key' }
  await runFixture('killed.mjs', spooledHome, killed)
})
afterAll(() => spooledHome.remove())

describe.each(lasting)('a disk that is full at a step, %s', (_, fail) => {
  test.each(steps.slice(0, 12))(
    'step %i of a run: the command does not notice, and nothing is sent twice',
    async (step) => {
      sawNotice(place)
      const env = { RUDDER_URL: receiver.url, DELIVERY: 'manual' }
      const { code, stdout, stderr } = await runFixture('fetch.mjs', place, { ...env, ...faults(fail(step)) })
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'enabled true\n', stderr: '' })
      await runFixture('fetch.mjs', place, env)
      await deliverRest(place, receiver.url, { otlp: undefined as never })
      // Marks that could not be removed are reported besides.
      const ofRuns = eventsThere().filter((event) => event === 'fetch' || event === 'run')
      expect(ofRuns.slice(-2)).toEqual(['fetch', 'run'])
      expect(new Set(messageIds()).size).toBe(messageIds().length)
    },
  )

  test.each(steps)('step %i of a drain: nothing is lost', async (step) => {
    cpSync(spooledHome.home, place.home, { recursive: true, preserveTimestamps: true })
    expect(spooled(place).length).toBeGreaterThan(2)
    const job = jobFor(place, receiver.url, { otlp: undefined as never })
    await runChildWith('files', faults(fail(step)), job)
    rmSync(files(place).deliveryState, { force: true })
    await deliverRest(place, receiver.url, { otlp: undefined as never })
    const sent = new Map(tracksOf(receiver.requests).map(({ messageId, event }) => [messageId, event]))
    expect([...sent.values()].sort()).toEqual(['fetch', 'operation', 'run'])
  })
})

const mayMount = (): boolean => {
  const directory = `/tmp/cq-mount-${process.pid}`
  try {
    mkdirSync(directory)
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { stdio: 'ignore' })
    execFileSync('umount', [directory])
    return true
  } catch {
    console.warn('skipped: a disk of 12 kB cannot be mounted by this user')
    return false
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

describe.skipIf(!mayMount())('a real disk with 12 kB free', () => {
  let small: Place
  beforeEach(() => {
    const home = join(place.home, 'small')
    mkdirSync(home)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', home])
    small = { ...place, home, cwd: place.cwd }
    sawNotice(small)
  })
  afterEach(() => execFileSync('umount', ['-l', small.home]))

  const filler = () => join(small.home, 'filler')
  const fillUpTo = (free: number) => {
    const { bavail, bsize } = statfsSync(small.home)
    writeFileSync(filler(), Buffer.alloc(bavail * bsize - free))
  }

  test.each([0, 4096, 12_288])(
    '%i bytes free: a killed run is taken over once there is room, and is not lost',
    async (free) => {
      for (let each = 0; each < 3; each++)
        await runFixture('killed.mjs', small, { CQ_RUDDER_URL: receiver.url, CQ_RUDDER_WRITE_KEY: 'the-write-key' })
      fillUpTo(free)
      const { code } = await runFixture('fetch.mjs', small, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
      expect(code).toBe(0)
      await runChildWith('files', {}, jobFor(small, receiver.url, { otlp: undefined as never }))
      rmSync(filler())
      await deliverRest(small, receiver.url, { otlp: undefined as never })
      const sent = new Map(tracksOf(receiver.requests).map(({ messageId, event }) => [messageId, event]))
      // Their crash reports have one fingerprint, and count against its limit at each attempt.
      expect([...sent.values()].filter((event) => event === 'operation')).toHaveLength(3)
    },
  )
})

describe('the clock of the day', () => {
  const clocks = ['an hour slow', 'an hour fast', 'set back', 'frozen', 'fractional', 'at zero']

  test.each(clocks)('%s: a child ends when its time is up', async (CLOCK) => {
    sawNotice(place)
    await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
    const drip = await troubles['a dripping answer']()
    const began = performance.now()
    const signal = await runChildWith('clock', { CLOCK }, jobFor(place, drip.url, { endsAfterMs: 1_500 }))
    const took = performance.now() - began
    await drip.close()
    expect(signal).toBe('SIGTERM')
    expect(took).toBeGreaterThan(1_000)
    expect(took).toBeLessThan(30_000)
    expect(spooled(place)).toHaveLength(1)
  })

  test.each(clocks)('%s: a child sends and settles', async (CLOCK) => {
    sawNotice(place)
    await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
    await runChildWith('clock', { CLOCK }, jobFor(place, receiver.url, { otlp: undefined as never }))
    expect({ events: eventsThere(), left: spooled(place) }).toEqual({ events: ['fetch', 'run'], left: [] })
  })
})

describe('on a slow disk a run of one operation', () => {
  /** Calls that name a file below the home, in a run whose installation has an id. */
  const callsOf = async (started: number | undefined): Promise<string[]> => {
    const log = join(place.cwd, 'calls')
    const env = { RUDDER_URL: receiver.url, ...faults(''), FS_LOG: log, CQ_DEBUG_TELEMETRY: '' }
    await runFixture('fetch.mjs', place, env)
    await until('the child is done', () => spooled(place).length === 0 && !existsSync(files(place).drainLock))
    rmSync(log)
    if (started !== undefined) writeFileSync(files(place).lastStart, `${started}\n`)
    await runFixture('fetch.mjs', place, env)
    return readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => line.includes(' /'))
  }

  test.each([
    ['soon after a child', 12, undefined],
    ['that starts a child, once in ten minutes,', 14, Date.now() - 3_600_000],
  ])('%s names at most %i files', async (_, most, started) => {
    sawNotice(place)
    const calls = await callsOf(started)
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(most)
    expect(calls.length).toBeGreaterThan(6)
  })
})

test('a job is never in a file with a name', async () => {
  sawNotice(place)
  const log = join(place.home, 'calls')
  const temporary = join(place.cwd, 'temporary')
  mkdirSync(temporary)
  const env = { ...faults('', temporary), TMPDIR: temporary, FS_LOG: log }
  await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, ...env })
  const [opened, removed, written] = readFileSync(log, 'utf8').split('\n')
  expect(opened).toMatch(/^openSync .*\/job-/)
  expect(removed).toBe(opened?.replace('open', 'unlink'))
  expect(written).toMatch(/^writeSync \d/)
  await until('the run arrives', () => eventsThere().length === 2)
})
