import { afterAll, beforeAll, expect, test } from 'vitest'
import { resourceTable, spanTable, table } from '../../src/schema/table.ts'
import { spanTypes } from '../../src/schema/vocabulary.ts'
import { type Collector, collectorBinary, collectorKey, startCollector, until } from '../support/collector.ts'
import { examples } from '../support/examples.ts'
import { attributesOf, type OtlpSpan, resourcesOf, spansOf } from '../support/receiver.ts'

/** The allow-list that is generated from the table, in a real collector, against a client that puts everything everywhere. */

let collector: Collector
beforeAll(async () => {
  collectorBinary()
  collector = await startCollector('all-in-one')
}, 1_200_000)
afterAll(() => collector.stop())

const anyValue = (value: unknown): object => {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  if (typeof value === 'boolean') return { boolValue: value }
  return typeof value === 'number' ? { intValue: value } : { stringValue: value }
}
const pairs = (attributes: object) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))

const traceId = '0af7651916cd43dd8448eb211c80319c'
let sent = 0
interface Sent {
  readonly resource?: object
  readonly attributes: object
  readonly events?: object[]
}

/** Sends a span, and returns what is stored of it. */
const through = async ({ resource = {}, attributes, events = [] }: Sent) => {
  const spanId = String(++sent).padStart(16, '0')
  const times = { startTimeUnixNano: '1', endTimeUnixNano: '2' }
  const span = { traceId, spanId, name: 'a-secret', ...times, attributes: pairs(attributes), events }
  const scopeSpans = [{ scope: { name: 'cq-telemetry', version: '1.2.3' }, spans: [span] }]
  const answer = await fetch(`${collector.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${collectorKey}` },
    body: JSON.stringify({ resourceSpans: [{ resource: { attributes: pairs(resource) }, scopeSpans }] }),
  })
  expect(answer.status).toBe(200)
  const stored = () =>
    collector
      .lines()
      .map((body) => ({ path: '/v1/traces', body }) as never)
      .find((request) => spansOf([request]).some((each) => each.spanId === spanId))
  await until('the span', () => stored() !== undefined)
  const found = stored() as never
  const [kept] = spansOf([found]).filter((each) => each.spanId === spanId) as [OtlpSpan]
  return { span: kept, attributes: attributesOf(kept), resource: resourcesOf([found])[0] ?? {} }
}

const planted = Object.fromEntries(table.map(({ key }) => [key, examples()[key]]))
const sortedKeys = (attributes: object) => Object.keys(attributes).sort()

test.each(spanTypes)('a span of type %s keeps its attributes and no other, nor does the resource', async (type) => {
  const attributes = { ...planted, 'cq.span.type': type }
  const kept = await through({ resource: attributes, attributes })
  const own = spanTable.filter(({ on }) => on.includes(type)).map(({ key }) => key)
  expect(sortedKeys(kept.attributes)).toEqual(own.sort())
  const ofClient = resourceTable.filter(({ source }) => source === 'client').map(({ key }) => key)
  expect(sortedKeys(kept.resource).filter((key) => !key.startsWith('geo.'))).toEqual(ofClient.sort())
})

const crash = { 'cq.span.type': 'crash' }
const exception = async (attributes: object) => {
  const event = { name: 'exception', timeUnixNano: '1', attributes: pairs(attributes) }
  const { span } = await through({ attributes: crash, events: [event] })
  return attributesOf((span as unknown as { events: never[] }).events[0] as never)
}

test.each<[string, string, boolean]>([
  ['exception.type', 'TypeError', true],
  ['exception.type', 'a-secret', false],
  ['exception.stacktrace', '    at mytool/dist/main.js:1:2\n    at node:fs:3:4\n    at _OTHER', true],
  ['exception.stacktrace', '    at mytool/dist/main.js:1:2', true],
  ['exception.stacktrace', 'a-secret\n    at mytool/dist/main.js:1:2', false],
  ['exception.stacktrace', '    at mytool/dist/main.js:1:2\na-secret', false],
  ['exception.stacktrace', '    at mytool/dist/main.js:1:2\n', false],
  ['exception.stacktrace', '    at secret (mytool/dist/main.js:1:2)', false],
  ['exception.stacktrace', '    at mytool/secret/main.js:1:2', false],
  ['exception.message', 'a-secret', false],
])('an exception with %s %j: kept is %s', async (key, value, kept) => {
  expect(await exception({ [key]: value })).toEqual(kept ? { [key]: value } : {})
})

test.each<[string, unknown, boolean]>([
  ['cq.crash.frames', ['mytool/dist/main.js:1:2', 'node:internal/timers:3:4', '_OTHER'], true],
  ['cq.crash.frames', ['mytool/projects/alice@example.com/x.mjs:1:2'], false],
  ['cq.crash.frames', ['mytool/dist/alice@example.com/x.mjs:1:2'], false],
  ['cq.crash.frames', ['mytool/dist/main.js:1:2', 'node:alice:1:2'], false],
  ['cq.crash.frames', ['mytool/dist/main.js:0:2'], false],
])('a crash with %s %j: kept is %s', async (key, value, kept) => {
  expect((await through({ attributes: { ...crash, [key]: value } })).attributes[key]).toEqual(kept ? value : undefined)
})

test.each<[string[], boolean]>([
  [['aws@1.2.3', 'private@unknown', 'gcp@v1.2.3-beta.1'], true],
  [['aws@a-secret'], false],
  [['aws@10.0.0.1'], false],
  [['aws'], false],
  [['aws@1.2.3@a-secret'], false],
])('installed providers %j: kept is %s', async (installed, kept) => {
  const { resource } = await through({ resource: { 'cq.providers.installed': installed }, attributes: crash })
  expect(resource['cq.providers.installed']).toEqual(kept ? installed : undefined)
})
