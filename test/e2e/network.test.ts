import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DrainLock } from '../../src/spool/drain-lock.ts'
import { type Network, troubles } from '../support/networks.ts'
import { runFixture } from '../support/program.ts'
import { type Answer, startReceiver, tracksOf, wellAnswer } from '../support/receiver.ts'
import {
  afterPause,
  deliverRest,
  jobFor,
  lacking,
  runChild,
  sawNotice,
  spooled,
  states,
  telemetryDirectory,
} from '../support/spool.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/**
 * The command in each state of the network: it ends as if there were none, and what it recorded arrives once the network
 * is well again.
 */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))
afterEach(() => endChild())

const lock = (): string => join(telemetryDirectory(place), 'draining')

/** A detached child that is still at work is killed, as by a shutdown of the machine. */
const endChild = async (): Promise<void> => {
  if (!existsSync(lock())) return
  try {
    process.kill(Number(readFileSync(lock(), 'utf8').split('-')[0]), 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
  await until(() => !new DrainLock(lock()).isHeld())
}

const until = async (condition: () => boolean): Promise<void> => {
  for (const end = Date.now() + 60_000; !condition(); await sleep(10)) {
    if (Date.now() > end) throw new Error(`not in time: ${spooled(place).join(', ')}`)
  }
}

const command = async (url: string) => {
  const env = { RUDDER_URL: url, CQ_OTLP_ENDPOINT: url, DELIVERY: 'detached' }
  const { code, signal, stdout, stderr } = await runFixture('fetch.mjs', place, env)
  expect({ code, signal, stdout, stderr }).toEqual({ code: 0, signal: null, stdout: 'enabled true\n', stderr: '' })
}

const standings = () =>
  JSON.parse(readFileSync(join(telemetryDirectory(place), 'delivery.json'), 'utf8')) as Record<
    'rudder' | 'otlp',
    { notBefore: number; failures: number; last: string }
  >

const expectArrivedOnce = async () => {
  afterPause(place)
  receiver.requests.length = 0
  await deliverRest(place, receiver.url)
  const tracks = tracksOf(receiver.requests)
  expect(tracks.map(({ event }) => event).sort()).toEqual(['fetch', 'run'])
  expect(new Set(tracks.map(({ messageId }) => messageId)).size).toBe(2)
  expect(receiver.requests.filter(({ path }) => path === '/v1/traces')).toHaveLength(1)
}

test('a child in the background sends once over a healthy network', async () => {
  await command(receiver.url)
  await until(() => receiver.requests.length === 2 && spooled(place).length === 0)
  expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
  await until(() => !existsSync(lock()))
  expect(standings()).toMatchObject({ rudder: { last: 'delivered', failures: 0 }, otlp: { last: 'delivered' } })
})

describe('the command ends as usual, and its events arrive later, once', () => {
  test.each(Object.entries<() => Promise<Network>>(troubles))('%s', async (_, trouble) => {
    const network = await trouble()
    await command(network.url)
    // The child is at work, or is done already.
    await until(() => existsSync(lock()) || existsSync(join(telemetryDirectory(place), 'delivery.json')))
    await endChild()
    await network.close()
    await expectArrivedOnce()
  })

  const refusals: [string, Answer][] = [
    ['408', (_, response) => response.writeHead(408).end()],
    ['a reset after the body', (_, response) => response.destroy()],
    [
      'an answer cut short',
      ({ path }, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '10' })
          .end(path === '/v1/batch' ? 'ok' : '{}'),
    ],
  ]
  test.each(refusals)('%s', async (_, answer) => {
    // A server of its own: what is still under way to it when the child is killed is not counted.
    const refusing = await startReceiver(answer)
    await command(refusing.url)
    await until(() => refusing.requests.length > 0)
    await endChild()
    await refusing.close()
    await expectArrivedOnce()
  })
})

test('a server that accepts one event at a time gets each event once', async () => {
  receiver.answer = (request, response) =>
    request.path === '/v1/batch' && tracksOf([request]).length > 1
      ? response.writeHead(413).end()
      : wellAnswer(request, response)
  await command(receiver.url)
  await until(() => spooled(place).length === 0)
  const batches = receiver.requests
    .filter(({ path }) => path === '/v1/batch')
    .map((request) => tracksOf([request]).length)
  expect(batches).toEqual([2, 1, 1])
})

describe('the state of a server is stored between processes', () => {
  /** A run, and then its child with time for an answer, which is not what is asked here. */
  const sent = async (url: string) => {
    await runFixture('fetch.mjs', place, { RUDDER_URL: url, CQ_OTLP_ENDPOINT: url, DELIVERY: 'manual' })
    await runChild(jobFor(place, url, { endsAfterMs: 6_000 }))
  }

  test('Retry-After is respected, up to an hour', async () => {
    receiver.answer = (_, response) => response.writeHead(503, { 'retry-after': '86400' }).end()
    await sent(receiver.url)
    const { rudder } = standings()
    expect(rudder).toMatchObject({ failures: 1, last: 'status 503' })
    expect(rudder.notBefore - Date.now()).toBeGreaterThan(3_500_000)
    expect(rudder.notBefore - Date.now()).toBeLessThanOrEqual(3_600_000)
  })

  test('the pause grows with each failure, and no request is made before it is over', async () => {
    receiver.answer = (_, response) => response.writeHead(418).end()
    await sent(receiver.url)
    const asked = receiver.requests.length
    await sent(receiver.url)
    expect(receiver.requests).toHaveLength(asked)
    expect(states(place)).toEqual(['jsonl', 'jsonl'])
  })

  test('a server that is gone for good is paused for a day', async () => {
    receiver.answer = (_, response) => response.writeHead(410).end()
    await sent(receiver.url)
    expect(standings().rudder.notBefore - Date.now()).toBeGreaterThan(23 * 3_600_000)
    expect(standings().otlp.notBefore - Date.now()).toBeGreaterThan(23 * 3_600_000)
  })

  test('each destination has a state of its own, and gets nothing that it has already accepted', async () => {
    receiver.answer = (request, response) =>
      request.path === '/v1/batch' ? response.writeHead(418).end() : wellAnswer(request, response)
    await sent(receiver.url)
    expect(lacking(place)).toEqual(['rudder'])
    afterPause(place)
    receiver.answer = wellAnswer
    await deliverRest(place, receiver.url)
    expect(receiver.requests.filter(({ path }) => path === '/v1/traces')).toHaveLength(1)
  })
})
