import { beforeEach, describe, expect, test } from 'vitest'
import { usePlace } from '../support/place.ts'
import { runFixture } from '../support/program.ts'
import { batchesIn, sawNotice, states } from '../support/spool.ts'

/** What a host adds to all objects, and what it replaces, is not what we use: its run is recorded, and it notices nothing. */

const place = usePlace()
beforeEach(() => sawNotice(place))

const host = (name: string, when: string, env: NodeJS.ProcessEnv = {}) =>
  runFixture('hostile/host.mjs', place, env, [JSON.stringify({ name, when })])

const prototypes = [
  'junk, get, set, value, writable, then, toJSON, a toJSON that throws, a toJSON of lists, a setter that throws',
].flatMap((line) => line.split(', '))
const clocks = ['Date.now', 'a frozen clock', 'a negative clock', 'a clock that is no number', 'a clock that throws']
const replaced = [
  'another Date, performance.now, performance, fs that throws, fs of spies, fs without files, JSON.stringify',
  'JSON that throws, process.emit, process.on, process.stdout.write, setTimeout, Promise, Promise.prototype.then, URL',
  'TextEncoder, crypto, Buffer, Math.random, getBuiltinModule',
].flatMap((line) => line.split(', '))

const expectRecorded = () => {
  expect(states(place)).toEqual(['jsonl'])
  const spans = batchesIn(place).flatMap(({ spans: each }) => each)
  expect(spans.map(({ type }) => type).sort()).toEqual(['operation', 'operation', 'resource', 'run'])
  const now = Date.now() / 1_000
  return spans.map(({ startTime: [seconds] }) => Math.abs(now - seconds) < 600)
}

describe('replaced after the start', () => {
  test.each([...prototypes, ...clocks, ...replaced])('%s: the run is recorded at its time', async (name) => {
    const without = await host(name, 'after', { CQ_NO_TELEMETRY: '1' })
    expect(await host(name, 'after')).toEqual(without)
    expect(new Set(expectRecorded())).toEqual(new Set([true]))
  })
})

describe('replaced before the start', () => {
  test('a fixed property of all objects: the host does not notice', async () => {
    const without = await host('a fixed property', 'before', { CQ_NO_TELEMETRY: '1' })
    expect(await host('a fixed property', 'before')).toEqual(without)
  })

  test.each([...prototypes, ...clocks])('%s: the run is recorded', async (name) => {
    const without = await host(name, 'before', { CQ_NO_TELEMETRY: '1' })
    expect(await host(name, 'before')).toEqual(without)
    expectRecorded()
  })

  test.each(replaced)('%s: the host does not notice', async (name) => {
    const without = await host(name, 'before', { CQ_NO_TELEMETRY: '1' })
    expect({ ...(await host(name, 'before')), stdout: '' }).toEqual({ ...without, stdout: '' })
  })
})
