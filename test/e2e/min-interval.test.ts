import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pathsFor } from '../../src/machine/layout.ts'
import { removeIdentity } from '../../src/machine/own-files.ts'
import { leftOutIn } from '../../src/spool/interval-files.ts'
import { inspectLog, newPlace, type Place, runFixture, start as startProcess } from '../support/program.ts'
import { batchesIn, consentFile, files, sawNotice, spooled } from '../support/spool.ts'
import { saveChoice } from '../../src/consent/choice.ts'
import { withinOneDay } from '../support/one-day.ts'

/** Real processes whose operation `step` is recorded once in a day. */

withinOneDay()

let place: Place
beforeEach(() => {
  place = newPlace()
  sawNotice(place)
})
afterEach(() => place.remove())

const many = new URL('../fixtures/many.mjs', import.meta.url).pathname
const surroundings = { OTLP_URL: 'http://127.0.0.1:9', MIN_INTERVAL: '{"step":86400,"open":86400}', OPERATIONS: '1' }
const start = (env: NodeJS.ProcessEnv = {}) => runFixture('many.mjs', place, { ...surroundings, ...env })
const recorded = () =>
  batchesIn(place)
    .flatMap(({ spans }) => spans)
    .map(({ type, name, attributes }) => [type, name, attributes['cq.sample.left_out']].filter(Boolean).join(' '))
    .sort()
const leftOut = () => [leftOutIn(files(place).intervals, 'step'), leftOutIn(files(place).intervals)]

/** The first run of an installation, and the second, which finds its id. */
const settled = async (env: NodeJS.ProcessEnv = {}) => {
  await start(env)
  await start(env)
  expect(spooled(place)).toHaveLength(2)
}

test('a run whose operations were recorded before stores nothing, and ends as any other', async () => {
  await settled()
  const before = recorded()
  expect(before).toEqual(['operation step', 'run cloudquery', 'run cloudquery'])
  expect(leftOut()).toEqual([1, 0])
  for (let nth = 0; nth < 3; nth++)
    expect(await start()).toEqual({ code: 0, signal: null, stdout: 'ready\n', stderr: '' })
  expect(recorded()).toEqual(before)
  expect(leftOut()).toEqual([4, 3])
})

test('the next one that is recorded says how many were left out', async () => {
  await settled()
  await start({ OPERATIONS: '5' })
  await start({ OPERATIONS: '2', FAIL: '1' })
  expect(recorded()).toEqual([
    'operation step',
    'operation step 8',
    'run cloudquery',
    'run cloudquery',
    'run cloudquery 1',
  ])
  expect(leftOut()).toEqual([0, 0])
})

test('runs at the same time are all counted', async () => {
  await settled()
  const many = 8
  await Promise.all(Array.from({ length: many }, () => start()))
  expect(leftOut()).toEqual([1 + many, many])
})

test('an operation that is killed is sent, also where it would have been left out', async () => {
  await settled({ OPERATIONS: '0', OPEN: '1' })
  expect(await start({ OPERATIONS: '0', OPEN: '1', END: 'kill' })).toMatchObject({ signal: 'SIGKILL' })
  expect(spooled(place).filter((name) => name.includes('mark'))).toHaveLength(1)
})

/** How many runs are stored after each of three. */
const runsStored = async (env: NodeJS.ProcessEnv = {}): Promise<number[]> => {
  const counts: number[] = []
  for (let nth = 1; nth <= 3; nth++) {
    await start(env)
    counts.push(recorded().filter((each) => each === 'run cloudquery').length)
  }
  return counts
}

test('in CI, where no id is kept, every run is recorded', async () => {
  expect(await runsStored({ CI: 'true' })).toEqual([1, 2, 3])
})

test.each([
  ['in CI', { CI: 'true' }],
  ['that an organisation redirects', { CQ_OTLP_ENDPOINT: 'http://127.0.0.1:9' }],
])('a run %s is recorded whole, and is no part of what is kept', async (_, env) => {
  await settled()
  await start()
  const before = leftOut()
  const stored = recorded().length
  for (let nth = 0; nth < 2; nth++) await start(env)
  expect(recorded()).toHaveLength(stored + 4)
  expect(leftOut()).toEqual(before)
})

test('before the notice was shown every run is kept, and none counts as recorded', async () => {
  place.remove()
  place = newPlace()
  expect(await runsStored()).toEqual([1, 2, 3])
  expect(existsSync(files(place).intervals)).toBe(false)
})

test.each([
  ['after `id --reset`', () => removeIdentity(files(place), [])],
  ['after a new choice', () => saveChoice(files(place), 'all', [])],
])('%s the next run is recorded with its operation', async (_, change) => {
  await settled()
  await start()
  change()
  expect(existsSync(consentFile(place))).toBe(true)
  expect(readdirSync(files(place).intervals)).toEqual([])
  const before = recorded().length
  await start()
  expect(recorded().length).toBe(before === 0 ? 2 : before + 2)
})

test('after a no nothing is kept', async () => {
  await settled()
  saveChoice(files(place), 'disabled', [])
  await start()
  expect(readdirSync(files(place).intervals)).toEqual([])
  expect(spooled(place)).toEqual([])
})

test('a no before the first operation leaves nothing, and no new id', async () => {
  await settled()
  const running = startProcess(process.execPath, [many], place, { ...surroundings, OPERATIONS: '0', END: 'wait' })
  await running.says('ready')
  const [id] = pathsFor({ directory: '.cq', dataDir: '.cq', logFile: 'cq.log' }, { path: place.home }).randomIds
  expect(existsSync(String(id))).toBe(true)
  // For a second a run believes the choice that it has read.
  await sleep(1_000)
  saveChoice(files(place), 'disabled', [String(id)])
  writeFileSync(join(place.cwd, 'go'), '')
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(existsSync(String(id))).toBe(false)
  expect(readdirSync(files(place).intervals)).toEqual([])
})

test('with only crash reports allowed nothing is counted', async () => {
  saveChoice(files(place), 'crashes', [])
  await start()
  await start()
  expect(existsSync(files(place).intervals)).toBe(false)
})

test('--inspect-telemetry shows each operation, and counts none', async () => {
  await settled()
  await start({ CQ_INSPECT_TELEMETRY: '1' })
  expect(JSON.stringify(inspectLog(place))).toContain('step')
  expect(leftOut()).toEqual([1, 0])
})
