import { readFileSync, rmSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { drain } from '../../src/deliver/drain.ts'
import { idOf } from '../../src/deliver/rudder/event.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import type { DestinationStates } from '../../src/spool/delivery-state.ts'
import type { DestinationName } from '../../src/spool/name.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { attributesOf, type Received, spansOf, tracksOf, wellAnswer } from '../support/receiver.ts'
import { batchesIn, files, jobFor, lacking, spooled } from '../support/spool.ts'
import { spoolRuns } from '../support/spooled-runs.ts'

/** Servers that take a part of what they get, or that get it from one destination alone. */

const place = usePlace()
const receiver = useReceiver()

const statesOf = (): DestinationStates =>
  JSON.parse(readFileSync(files(place).deliveryState, 'utf8')) as DestinationStates

describe('a file that a server accepts in part', () => {
  /** A server of both protocols. `judge` returns the answer to the ids of a request's events, or of its lines. */
  const judging = (judge: (request: Received, count: number) => number) => {
    receiver.answer = (request, response) => {
      const code = judge(request, countOf(request))
      if (code === 200) {
        taken.push(request)
        wellAnswer(request, response)
      } else response.writeHead(code).end()
    }
  }
  const countOf = (request: Received): number =>
    request.path === '/v1/batch' ? tracksOf([request]).length : spansOf([request]).length / 2
  const taken: Received[] = []
  beforeEach(() => taken.splice(0))

  const eventIds = () =>
    tracksOf(taken)
      .filter(({ event }) => event !== 'delivery')
      .map(({ messageId }) => messageId)
  const spanIds = () =>
    spansOf(taken)
      .filter(({ name }) => name !== 'delivery')
      .map(({ spanId }) => spanId)
  const lost = () => tracksOf(taken).flatMap(({ properties }) => properties['lost_rejected'] ?? [])
  const lostSpans = () => spansOf(taken).flatMap((span) => attributesOf(span)['cq.lost.rejected'] ?? [])

  const drainAll = (ms = 60_000) =>
    drain(jobFor(place, receiver.url, { endsAfterMs: performance.now() + ms }), () => undefined)

  const limits: readonly [string, (request: Received, count: number) => boolean, number][] = [
    ['of 100 events', (_, count) => count > 100, 150],
    ['of one event', (_, count) => count > 1, 10],
    ['of 8 kB', ({ body }) => body.length > 8_000, 20],
  ]
  test.each(limits.flatMap(([name, over, runs]) => [429, 413].map((code) => [code, name, over, runs] as const)))(
    'all events arrive once after %i by a limit %s, and the size is stored',
    async (code, _, over, runs) => {
      spoolRuns(place, runs)
      for (let run = 0; run < 3; run++) spoolRuns(place)
      judging((request, count) => (over(request, count) ? code : 200))
      expect(await drainAll()).toEqual({ left: 0 })
      const all = 2 * (runs + 3)
      expect([eventIds().length, new Set(eventIds()).size, spanIds().length]).toEqual([all, all, all])
      expect([lost(), lostSpans()]).toEqual([[], []])
      // The next child begins where this one was.
      const { size = 0 } = statesOf().rudder ?? {}
      expect(size).toBeGreaterThan(0)
      receiver.requests.length = 0
      spoolRuns(place, runs)
      await drainAll()
      const [first] = receiver.requests.filter(({ path }) => path === '/v1/batch')
      expect(countOf(first as Received)).toBe(Math.min(size, 2 * runs))
    },
    120_000,
  )

  test('a child that is stopped within a file leaves only the rest of it', async () => {
    spoolRuns(place, 30)
    receiver.answer = (request, response) => {
      if (countOf(request) > 5) return response.writeHead(413).end()
      if (taken.filter(({ path }) => path === request.path).length === 4)
        return response.writeHead(503, { 'retry-after': '600' }).end()
      taken.push(request)
      return wellAnswer(request, response)
    }
    expect(await drainAll()).toEqual({ left: 2 })
    expect(lacking(place).sort()).toEqual(['otlp', 'rudder'])
    judging(() => 200)
    rmSync(files(place).deliveryState)
    expect(await drainAll()).toEqual({ left: 0 })
    expect([eventIds().length, new Set(eventIds()).size, spanIds().length, new Set(spanIds()).size]).toEqual([
      60, 60, 60, 60,
    ])
  })

  test.each([400, 413])('%i for only some events is counted for both destinations', async (code) => {
    for (let run = 0; run < 10; run++) spoolRuns(place)
    const bad = batchesIn(place).flatMap(({ spans }) => spans.slice(0, 1).map(({ spanId }) => spanId))[4] ?? ''
    const batch = batchesIn(place)[4]
    judging((request) => (request.body.includes(bad) || isOf(request, batch) ? code : 200))
    expect(await drainAll()).toEqual({ left: 0 })
    expect([lost(), lostSpans()]).toEqual([[2], [2]])
    expect([eventIds().length, spanIds().length]).toEqual([18, 18])
  })

  test('events that are refused before anything is accepted are refused for good after something is', async () => {
    spoolRuns(place)
    judging(() => 400)
    await drainAll()
    expect(spooled(place)).toHaveLength(1)
    expect(statesOf()).toMatchObject({ rudder: { last: expect.stringContaining('it refuses everything') as string } })
    const [bad] = batchesIn(place)
    spoolRuns(place)
    judging((request) => (request.body.includes(String(bad?.spans[0]?.spanId)) || isOf(request, bad) ? 400 : 200))
    rmSync(files(place).deliveryState)
    expect(await drainAll()).toEqual({ left: 0 })
    expect([lost(), lostSpans()]).toEqual([[2], [2]])
  })
  const isOf = (request: Received, batch: Batch | undefined): boolean =>
    tracksOf([request]).some(({ messageId }) => batch?.spans.some((span) => idOf(span, span.type) === messageId))

  test.each([
    ['rudder', '/v1/batch'],
    ['otlp', '/v1/traces'],
  ] as const)(
    '%s that refuses everything for days loses nothing, and is paused for a day after the third time',
    async (name, path) => {
      for (let run = 0; run < 3; run++) spoolRuns(place)
      judging((request) => (request.path === path ? 400 : 200))
      for (let time = 0; time < 3; time++) {
        await drain({ ...jobFor(place, receiver.url), ignorePauses: true }, () => undefined)
      }
      expect(lacking(place)).toEqual([name, name, name])
      const { failures, notBefore = 0 } = statesOf()[name] ?? {}
      expect(failures).toBe(3)
      expect(notBefore - Date.now()).toBeGreaterThan(23 * 3_600_000)
    },
  )
})

describe('a fault in the delivery to one destination', () => {
  const faults: readonly [string, DestinationName, object][] = [
    ['certificates that are none', 'otlp', { certificates: null }],
    ['a URL that is none', 'otlp', { url: 5 }],
    ['a URL that cannot be parsed', 'otlp', { url: 'http://[' }],
    ['a header that HTTP does not allow', 'otlp', { headers: { 'x-key': 'two\nlines' } }],
    ['headers that are none', 'otlp', { headers: { 'x-key': Symbol('none') } }],
    ['a data plane that is none', 'rudder', { dataPlaneUrl: null }],
    ['a write key that cannot be a text', 'rudder', { writeKey: Symbol('none') }],
  ]
  test.each(faults)('%s: the other destination gets its events', async (_, name, wrong) => {
    for (let run = 0; run < 3; run++) spoolRuns(place)
    const job = jobFor(place, receiver.url, { endsAfterMs: performance.now() + 3_000 })
    const { left } = await drain({ ...job, [name]: { ...job[name], ...wrong } }, () => undefined)
    expect(receiver.requests.map(({ path }) => path)).toEqual([name === 'otlp' ? '/v1/batch' : '/v1/traces'])
    expect(left).toBe(3)
    expect(lacking(place)).toEqual([name, name, name])
    expect(statesOf()[name]?.last).toMatch(/^(?:a fault of cq-telemetry \(\w+\)|network.*|timeout)$/)
  })
})
