import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Collector, collectorKey, startCollector, until } from '../support/collector.ts'
import { type Kafka, startKafka } from '../support/kafka.ts'
import { clientsOf, fetchTemplate, load } from '../support/load.ts'
import { attributesOf, spansOf } from '../support/receiver.ts'

/** Edge, a real Kafka, and two backends in one group. */

let kafka: Kafka
let edge: Collector
let backends: Collector[]
beforeAll(async () => {
  kafka = await startKafka()
  kafka.createTopic('cq-telemetry-spans', 4)
}, 300_000)
afterAll(() => kafka.stop())
beforeEach(async () => {
  const env = { CQ_KAFKA: kafka.broker }
  edge = await startCollector('edge', ['geo'], env)
  backends = await Promise.all([startCollector('backend', [], env), startCollector('backend', [], env)])
})
afterEach(async () => {
  await Promise.all([edge, ...backends].map((each) => each.stop()))
})

const stored = (collectors: readonly Collector[]) =>
  spansOf(collectors.flatMap((each) => each.lines()).map((body) => ({ path: '/v1/traces', body }) as never))
const send = (clients: number, template = fetchTemplate(4)) => {
  const headers = { authorization: `Bearer ${collectorKey}` }
  return load({ url: edge.url, headers, encoding: 'protobuf' }, clientsOf(clients, 'protobuf', template))
}
/** Those of one load among all that is stored. */
const among = (collectors: readonly Collector[], taken: ReadonlySet<string>) =>
  stored(collectors).filter(({ spanId }) => taken.has(spanId))
const arrived = async (taken: ReadonlySet<string>) => {
  const ids = () => new Set(among(backends, taken).map(({ spanId }) => spanId))
  await until('all spans', () => ids().size >= taken.size, 90_000)
  expect(ids()).toEqual(taken)
}

test('spans that the edge has accepted arrive once, with all keys, and a run stays on one backend', async () => {
  const template = fetchTemplate(4)
  // The group has shared its partitions out.
  await until('both backends work', async () => {
    await send(20, template)
    return backends.every((each) => each.lines().length > 0)
  })
  await sleep(1_000)
  const { taken } = await send(1_000, template)
  expect(taken.size).toBe(8_000)
  await arrived(taken)
  expect(among(backends, taken)).toHaveLength(8_000)
  const traces = backends.map((each) => new Set(among([each], taken).map(({ traceId }) => traceId)))
  expect([...(traces[0] ?? [])].filter((id) => traces[1]?.has(id))).toEqual([])
  const shape = (spans: readonly { name: string; attributes: object }[]) =>
    [...new Set(spans.map(({ name, attributes }) => JSON.stringify([name, Object.entries(attributes).sort()])))].sort()
  expect(shape(stored(backends).map((span) => ({ name: span.name, attributes: attributesOf(span) })))).toEqual(
    shape(template.spans.map(({ name, attributes }) => ({ name, attributes }))),
  )
  // Both have worked.
  for (const each of traces) expect(each.size).toBeGreaterThan(0)
  for (const each of [edge, ...backends]) {
    await each.kill('SIGTERM')
    expect(each.log()).not.toMatch(/\t(?:warn|error)\t/)
  }
})

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'Kafka ends by %s under load and comes back: nothing is lost',
  async (signal) => {
    const sending = send(3_000)
    await sleep(500)
    await kafka.kill(signal)
    await sleep(2_000)
    await kafka.restart()
    const { taken, refused } = await sending
    expect(refused).toBe(0)
    await arrived(taken)
  },
)

test('nothing is lost if an edge and a backend are killed under load', async () => {
  const sending = send(3_000)
  await sleep(700)
  await edge.kill('SIGKILL')
  await edge.restart()
  await backends[0]?.kill('SIGKILL')
  await sleep(700)
  await backends[0]?.restart()
  const { taken, refused } = await sending
  expect(refused).toBe(0)
  await arrived(taken)
})
