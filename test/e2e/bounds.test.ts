import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src/spool/limits.ts'
import { formatName, newName, parseName } from '../../src/spool/name.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { runFixture } from '../support/program.ts'
import { tracksOf, wellAnswer } from '../support/receiver.ts'
import { afterPause, deliverRest, files, sawNotice, spoolDirectory, spooled } from '../support/spool.ts'

/** A command keeps the bounds of the spool itself, also where no child ever runs, and what it drops is counted. */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const day = 86_400_000

const many = (env: NodeJS.ProcessEnv) => runFixture('many.mjs', place, { OPERATIONS: '1', ...env })

const waiting = () => spooled(place).filter((name) => name.endsWith('.jsonl'))
const bytes = () => waiting().reduce((sum, name) => sum + statSync(join(spoolDirectory(place), name)).size, 0)

/** Copies the run that waits, as if there had been so many, a minute apart, each with the text so many times. */
const copies = (count: number, times: number, state: 'jsonl' | 'open' = 'jsonl') => {
  const [name = ''] = waiting()
  const run = parseName(name)
  if (!run) throw new Error(`no run in ${spooled(place).join()}`)
  const text = readFileSync(join(spoolDirectory(place), name), 'utf8').repeat(times)
  for (let copy = 1; copy <= count; copy++) {
    const { id } = newName(run.generation, run.destinations, state, Date.now() - copy * 60_000)
    const { kilobytes: _, ...rest } = run
    writeFileSync(join(spoolDirectory(place), formatName({ ...rest, id, state })), text)
  }
}

const paused = { notBefore: Date.now() + day, failures: 3, last: 'status 401', at: Date.now() }
const pause = (...destinations: string[]) =>
  writeFileSync(
    files(place).deliveryState,
    JSON.stringify(Object.fromEntries(destinations.map((name) => [name, paused]))),
  )

/** Each way in which no child empties the spool, and the variables of a run in it. */
const ways: readonly (readonly [string, () => NodeJS.ProcessEnv])[] = [
  ['delivery: manual', () => ({ DELIVERY: 'manual', RUDDER_URL: receiver.url })],
  [
    "a day's brake",
    () => {
      pause('rudder')
      return { DELIVERY: 'detached', RUDDER_URL: receiver.url }
    },
  ],
  [
    'a brake of both destinations',
    () => {
      pause('rudder', 'otlp')
      return { DELIVERY: 'detached', RUDDER_URL: receiver.url, OTLP_URL: receiver.url }
    },
  ],
]

const dropped = () =>
  tracksOf(receiver.requests)
    .filter(({ event }) => event === 'delivery')
    .reduce((sum, { properties }) => sum + Number(properties['lost_overflow'] ?? 0), 0)
const arrived = () => tracksOf(receiver.requests).filter(({ event }) => event === 'run').length

describe.each(ways)('with %s', (_, begin) => {
  test.each([
    ['files', 1_005, 1],
    ['bytes', 12, 190],
  ])('too many %s of earlier runs go, the oldest first, and each is counted', async (_what, count, times) => {
    const env = begin()
    await many(env)
    copies(count, times)
    const before = waiting()
    // So many runs that the few that one may remove are enough.
    for (let run = 0; run < 6; run++) await many(env)
    const after = waiting()
    expect(after.length).toBeLessThanOrEqual(defaultLimits.maxFiles)
    expect(bytes()).toBeLessThanOrEqual(defaultLimits.maxBytes)
    const gone = before.filter((name) => !after.includes(name)).sort()
    const stayed = before.filter((name) => after.includes(name)).sort()
    expect(gone.length).toBeGreaterThan(0)
    const idOf = (name: string | undefined) => parseName(name ?? '')?.id ?? ''
    expect(idOf(gone.at(-1)) < idOf(stayed[0])).toBe(true)

    receiver.answer = wellAnswer
    afterPause(place)
    await deliverRest(place, receiver.url)
    expect(dropped()).toBe(gone.length * times * 2)
    expect(arrived()).toBeGreaterThan(0)
  })
})

test('killed runs count towards the limit', async () => {
  await many({ DELIVERY: 'manual', RUDDER_URL: receiver.url, END: 'kill' })
  const [open = ''] = spooled(place).filter((name) => name.endsWith('.open'))
  const text = readFileSync(join(spoolDirectory(place), open), 'utf8')
  const run = parseName(open)
  if (!run) throw new Error('no run was killed')
  for (let copy = 1; copy <= 1_010; copy++) {
    const { id } = newName(run.generation, run.destinations, 'open', Date.now() - copy * 1_000)
    writeFileSync(join(spoolDirectory(place), formatName({ ...run, id })), text)
  }
  for (let more = 0; more < 2; more++) await many({ DELIVERY: 'manual', RUDDER_URL: receiver.url })
  expect(spooled(place).filter((name) => !name.endsWith('.marks')).length).toBeLessThanOrEqual(defaultLimits.maxFiles)
})

test('each run, even the one that shows the notice, removes a few of five thousand held files of an older version', async () => {
  const left = () => spooled(place).filter((name) => name.endsWith('.held')).length
  mkdirSync(spoolDirectory(place), { recursive: true, mode: 0o700 })
  for (let file = 0; file < 5_000; file++) {
    const name = newName('0123456789abcdef', ['rudder'], 'held', Date.now() - file * 1_000)
    writeFileSync(join(spoolDirectory(place), formatName(name)), '')
  }
  await many({ DELIVERY: 'manual', RUDDER_URL: receiver.url })
  expect(left()).toBeLessThan(5_000)
  expect(left()).toBeGreaterThan(4_900)
  const { saveNoticeDate } = await import('../../src/consent/notice.ts')
  const before = left()
  saveNoticeDate(files(place), new Date())
  expect(left()).toBeGreaterThan(before - 100)
})
