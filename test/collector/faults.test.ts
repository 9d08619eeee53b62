import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Collector, collectorKey, freePort, startCollector, until } from '../support/collector.ts'
import { clientsOf, load } from '../support/load.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Running, start } from '../support/program.ts'
import { spansOf, tracksOf, wellAnswer } from '../support/receiver.ts'

/** A collector, the bridge and Rudder, of which one is away or killed, under load. Nothing is lost, nothing is doubled. */

const place = usePlace()
const rudder = useReceiver()
let collector: Collector
let bridge: Running
let bridgeUrl: string

const command = new URL('../../dist/command/main.js', import.meta.url).pathname
const startBridge = async (listen: string): Promise<void> => {
  const key = join(place.home, 'key')
  writeFileSync(key, 'the-write-key\n')
  const args = ['bridge', '--listen', listen, '--rudder-url', rudder.url, '--write-key-file', key, '--timeout', '25']
  bridge = start(process.execPath, [command, ...args], place)
  bridgeUrl = new URL((await bridge.matches(/listening on (\S+)/))[1] as string).origin
}

// A port that no client gets while the bridge is away.
beforeEach(async () => startBridge(`127.0.0.1:${await freePort()}`))
afterEach(async () => {
  await collector.stop()
  bridge.kill('SIGKILL')
})

const withKey = { authorization: `Bearer ${collectorKey}` }
const begin = async () => {
  collector = await startCollector('all-in-one', ['rudder'], { CQ_BRIDGE: bridgeUrl })
}
const send = (clients: number) =>
  load({ url: collector.url, headers: withKey, encoding: 'protobuf' }, clientsOf(clients, 'protobuf'))

/** Two fetches and a run for each client. */
const eventsOfClient = 3
const messageIds = () => tracksOf(rudder.requests).map(({ messageId }) => messageId)
const storedIds = () =>
  spansOf(collector.lines().map((body) => ({ path: '/v1/traces', body }) as never)).map(({ spanId }) => spanId)

/** All that clients were told is taken lies in the files, and its events are with Rudder; returns how often, at most. */
const expectNothingLost = async (taken: ReadonlySet<string>, clients: number): Promise<void> => {
  await until('all events are with Rudder', () => new Set(messageIds()).size >= clients * eventsOfClient)
  await sleep(500)
  expect(new Set(messageIds()).size).toBe(clients * eventsOfClient)
  const stored = new Set(storedIds())
  expect([...taken].filter((id) => !stored.has(id))).toEqual([])
}

test('the spans of 10,000 clients arrive once each', async () => {
  await begin()
  const { taken, refused } = await send(10_000)
  expect(refused).toBe(0)
  expect(taken.size).toBe(80_000)
  await expectNothingLost(taken, 10_000)
  // On a slow machine a request that got no answer in time is repeated, with the same ids.
  expect(new Set(messageIds()).size).toBe(30_000)
  expect(storedIds()).toHaveLength(80_000)
  await collector.kill('SIGTERM')
  expect(collector.log()).toContain('Shutdown complete')
  expect(collector.log()).not.toMatch(/\t(?:warn|error)\t/)
}, 300_000)

describe('nothing is lost', () => {
  test('when RudderStack is unreachable for a minute', async () => {
    await begin()
    let away = true
    rudder.answer = (request, response) => (away ? response.writeHead(503).end() : wellAnswer(request, response))
    const { taken, refused } = await send(500)
    expect(refused).toBe(0)
    await sleep(60_000)
    rudder.requests.length = 0
    away = false
    await expectNothingLost(taken, 500)
    // What Rudder had refused was not taken: what it took, it took once.
    expect(messageIds()).toHaveLength(500 * eventsOfClient)
  })

  test('when the bridge is killed under load and restarted', async () => {
    await begin()
    const sending = send(2_000)
    for (let kills = 0; kills < 5; kills++) {
      await sleep(400)
      bridge.kill('SIGKILL')
      await bridge.ended
      await startBridge(new URL(bridgeUrl).host)
    }
    const { taken } = await sending
    await expectNothingLost(taken, 2_000)
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)('when the collector ends by %s with a full queue', async (signal) => {
    await begin()
    rudder.answer = (_, response) => response.writeHead(503).end()
    const { taken } = await send(500)
    await collector.kill(signal)
    rudder.requests.length = 0
    rudder.answer = wellAnswer
    await collector.restart()
    await expectNothingLost(taken, 500)
  })

  test('when the collector is killed repeatedly under load', async () => {
    await begin()
    const sending = send(3_000)
    for (let kills = 0; kills < 4; kills++) {
      await sleep(700)
      await collector.kill('SIGKILL')
      await collector.restart()
    }
    const { taken, refused } = await sending
    expect(refused).toBe(0)
    await expectNothingLost(taken, 3_000)
  })
})
