import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { usePlace, useReceiver } from '../support/place.ts'
import { runFixture, start } from '../support/program.ts'
import { attributesOf, spansOf, tracksOf } from '../support/receiver.ts'
import { deliverRest, jobFor, runChild, sawNotice, spooled, states } from '../support/spool.ts'

/** Runs of many operations, and runs that last: all arrives, each once, and it arrives as they go. */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const fixtures = new URL('../fixtures/', import.meta.url).pathname
const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  RUDDER_URL: receiver.url,
  DELIVERY: 'detached',
  ...more,
})
const many = (more: NodeJS.ProcessEnv) => runFixture('many.mjs', place, env(more))

const until = async (what: () => boolean) => {
  for (const end = Date.now() + 200_000; !what();) {
    if (Date.now() > end) throw new Error(`waited in vain; the spool holds ${spooled(place).join()}`)
    await sleep(50)
  }
}
const tracks = (event: string) => tracksOf(receiver.requests).filter((each) => each.event === event)
const spans = (type: string) => spansOf(receiver.requests).filter((span) => attributesOf(span)['cq.span.type'] === type)

/** A run that goes on until `go`; what it does each minute, it does every 100 ms. */
const startQuick = (more: NodeJS.ProcessEnv = {}) =>
  start(process.execPath, ['--import', join(fixtures, 'hurry.mjs'), join(fixtures, 'many.mjs')], place, {
    ...env({ END: 'wait' }),
    ...more,
  })
const go = () => writeFileSync(join(place.cwd, 'go'), '')

describe('many operations in one run', () => {
  test.each([
    ['2,500', 'detached', 2_500],
    ['10,000', 'detached', 10_000],
    ['2,500', 'inline', 2_500],
  ])('%s arrive with the run itself, without another run (%s)', async (_, delivery, count) => {
    await many({ OPERATIONS: String(count), DELIVERY: delivery })
    await until(() => tracks('run').length > 0 && !spooled(place).some((name) => !name.endsWith('.held')))
    expect(tracks('operation')).toHaveLength(count)
    expect(tracks('run')).toHaveLength(1)
    expect(new Set(tracksOf(receiver.requests).map(({ messageId }) => messageId)).size).toBe(count + 1)
    expect(tracks('delivery')).toEqual([])
  })

  test("the oldest part of an unsent run is removed first, and the run's own event stays", async () => {
    await many({ OPERATIONS: '3000', DELIVERY: 'manual' })
    await deliverRest(place, receiver.url, { otlp: undefined } as never)
    expect(tracks('run')).toHaveLength(1)
    const lost = tracks('delivery').reduce((sum, { properties }) => sum + Number(properties['lost_overflow']), 0)
    expect(lost).toBeGreaterThan(0)
    expect(tracks('operation').length + lost).toBe(3_000)
  })
})

describe('a run that lasts', () => {
  test('sends an operation that has ended, without its end', async () => {
    const running = startQuick({ OPERATIONS: '3' })
    await until(() => tracks('operation').length === 3)
    expect(tracks('run')).toEqual([])
    go()
    await running.ended
    await until(() => tracks('run').length === 1)
    expect(tracks('operation')).toHaveLength(3)
  })

  test('starts no child and creates no file if nothing has happened', async () => {
    const running = startQuick({ DELIVERY: 'detached' })
    await running.says('ready')
    await sleep(500)
    expect(spooled(place)).toEqual([])
    go()
    await running.ended
  })

  test('reports an open operation only to OTLP, with the ids of its end', async () => {
    const running = startQuick({ OPEN: '1', OTLP_URL: receiver.url, CLOCK: '1' })
    await until(() => spans('progress').length >= 2)
    expect(spans('operation')).toEqual([])
    expect(tracksOf(receiver.requests)).toEqual([])
    go()
    await running.ended
    await deliverRest(place, receiver.url)
    const [operation] = spans('operation')
    expect(spans('operation')).toHaveLength(1)
    expect(new Set(spans('progress').map(({ traceId, spanId }) => `${traceId} ${spanId}`))).toEqual(
      new Set([`${operation?.traceId} ${operation?.spanId}`]),
    )
    expect(attributesOf(spans('progress')[0] ?? { attributes: [] })).toEqual({
      'cq.span.type': 'progress',
      'cq.operation.name': 'open',
    })
    expect(tracks('operation')).toHaveLength(1)
  })
})

test('an operation that was reported while open is reported as aborted, once, if the run is killed', async () => {
  const running = startQuick({ OPEN: '1', OTLP_URL: receiver.url, CLOCK: '1' })
  await until(() => spans('progress').length >= 2)
  running.kill('SIGKILL')
  await running.ended
  await deliverRest(place, receiver.url)
  const [operation, ...more] = spans('operation')
  expect(more).toEqual([])
  expect(operation?.spanId).toBe(spans('progress')[0]?.spanId)
  expect(attributesOf(operation ?? { attributes: [] })).toMatchObject({ 'cq.aborted': true })
  expect(tracks('operation')).toHaveLength(1)
})

describe('flush()', () => {
  test('sends what was recorded while the run goes on', async () => {
    const running = start(process.execPath, [join(fixtures, 'many.mjs')], place, {
      ...env({ OPERATIONS: '2', END: 'wait', FLUSH: '1' }),
    })
    await until(() => tracks('operation').length === 2)
    expect(tracks('run')).toEqual([])
    go()
    await running.ended
    await until(() => tracks('run').length === 1)
  })

  test('resolves after sending, if the child is awaited', async () => {
    await many({ OPERATIONS: '2', DELIVERY: 'inline', FLUSH: '1', END: 'kill' })
    expect(tracks('operation')).toHaveLength(2)
  })

  test('makes the run available to other senders, if delivery is manual', async () => {
    const running = start(process.execPath, [join(fixtures, 'many.mjs')], place, {
      ...env({ OPERATIONS: '2', END: 'wait', FLUSH: '1', DELIVERY: 'manual' }),
    })
    await running.says('ready')
    expect(receiver.requests).toEqual([])
    expect(states(place)).toContain('jsonl')
    await runChild(jobFor(place, receiver.url))
    expect(tracks('operation')).toHaveLength(2)
    go()
    await running.ended
  })

  test.each<[string, NodeJS.ProcessEnv, () => void]>([
    ['there is nothing to send', { OPERATIONS: '0' }, () => undefined],
    ['telemetry is off', { CQ_NO_TELEMETRY: '1' }, () => undefined],
    ['the home is read-only', { OPERATIONS: '1' }, () => chmodSync(place.home, 0o500)],
    ['there is no home', { OPERATIONS: '1' }, () => rmSync(place.home, { recursive: true })],
  ])('resolves where %s', async (_, more, prepare) => {
    prepare()
    const ended = await many({ FLUSH: '1', ...more })
    expect(ended).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' })
  })
})
