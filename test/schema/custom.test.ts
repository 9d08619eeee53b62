import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import {
  alreadyDeclared,
  bool,
  bucket,
  customAttributes,
  type CustomRule,
  declared,
  maxCustom,
  oneOf,
} from '../../src/schema/custom.ts'
import { decodeLine } from '../../src/otlp/decode.ts'
import { encodeLine } from '../../src/otlp/encode.ts'
import { inspectLog, runFixture } from '../support/program.ts'
import { cases, fc } from '../support/property.ts'
import { attributesOf, spansOf, tracksOf } from '../support/receiver.ts'
import { deliverRest, sawNotice, spoolDirectory, spooled } from '../support/spool.ts'
import { record } from '../support/record.ts'
import { usePlace, useReceiver } from '../support/place.ts'

/** Attributes that a host declares for its operations. */

const declarations = { output: oneOf('json', 'table'), cached: bool(), rows: bucket() }
const secret = '/home/me/.aws/credentials'

/** What an operation that was told these values carries. */
const told = (values: Record<string, unknown>) => {
  const run = record(undefined, declarations)
  run.operations.operation('build', (operation) => operation.set(values as never))
  run.end(0)
  const { attributes } = run.spanOf('operation')
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) =>
      key.startsWith('cq.custom.') ? [[key.slice('cq.custom.'.length), value]] : [],
    ),
  )
}

describe('the attributes of an operation', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a word of the list', { output: 'json' }, { output: 'json' }],
    ['no other word', { output: secret }, {}],
    ['true and false', { cached: false }, { cached: false }],
    ['nothing that is merely truthy', { cached: 'true' }, {}],
    ['the bound that a number reaches', { rows: 1234 }, { rows: 1000 }],
    ['a bound itself', { rows: 100 }, { rows: 100 }],
    ['the lowest for what is below all', { rows: -5 }, { rows: 0 }],
    ['the highest for what is beyond all', { rows: Infinity }, { rows: 1e12 }],
    ['no number that is none', { rows: Number.NaN }, {}],
    ['nothing of another kind', { rows: '1234', output: ['json'], cached: null }, {}],
    ['no name that is not declared', { path: secret, __proto__: 'x', constructor: 'json' }, {}],
    ['all at once', { output: 'table', cached: true, rows: 7 }, { output: 'table', cached: true, rows: 1 }],
  ])('%s leaves', (_, values, leaves) => {
    expect(told(values)).toEqual(leaves)
  })

  test('the last value of an attribute counts', () => {
    const run = record(undefined, declarations)
    run.operations.operation('build', (operation) => {
      operation.set({ output: 'json' } as never)
      operation.set({ output: 'table' } as never)
    })
    expect(run.spanOf('operation').attributes).toMatchObject({ 'cq.custom.output': 'table' })
  })

  test('plain OpenTelemetry sets the same attributes', () => {
    const run = record(undefined, declarations)
    run.tracer
      .startSpan('any', {
        attributes: { 'cq.span.type': 'operation', 'cq.custom.rows': 55, 'cq.custom.path': secret },
      })
      .end()
    const { attributes } = run.spanOf('operation')
    expect(attributes).toMatchObject({ 'cq.custom.rows': 10 })
    expect(JSON.stringify(attributes)).not.toContain(secret)
  })

  test('RudderStack gets them as an object of their own', () => {
    const run = record(undefined, declarations)
    run.operations.operation('build', (operation) => operation.set({ output: 'json', rows: 12 } as never))
    const [event] = trackEvents(run.spanOf('operation'), run.resource())
    expect(event?.properties['custom']).toEqual({ output: 'json', rows: 10 })
  })
})

const anyValues = fc.dictionary(
  fc.oneof(fc.constantFrom('output', 'cached', 'rows', '__proto__', 'toString'), fc.string()),
  fc.oneof(fc.anything(), fc.constantFrom<unknown>('json', secret, true, 1234), fc.string({ unit: 'binary' })),
)
const raw = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`cq.custom.${name}`, value]))

test('only declared names with allowed values are sent, whatever is set, and setting them again changes nothing', () => {
  const rule = declared(declarations)
  fc.assert(
    fc.property(anyValues, (values) => {
      const safe = customAttributes(raw(values), rule)
      for (const [key, value] of Object.entries(safe)) {
        expect(['cq.custom.output', 'cq.custom.cached', 'cq.custom.rows']).toContain(key)
        expect(['json', 'table', true, false, 0, ...Array.from({ length: 13 }, (_, n) => 10 ** n)]).toContain(value)
      }
      expect(customAttributes(safe, rule)).toEqual(safe)
      expect(customAttributes(safe, alreadyDeclared)).toEqual(safe)
    }),
    { numRuns: cases(500) },
  )
})

test('at most twenty are sent, however many a line contains', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`a${index}`, true]))
  expect(Object.keys(customAttributes(raw(many), alreadyDeclared))).toHaveLength(maxCustom)
})

test.each<[string, CustomRule, object]>([
  ['by the declarations', declared(declarations), { 'cq.custom.rows': 10, 'cq.custom.output': 'json' }],
  [
    'by its shape alone, where they are not known',
    alreadyDeclared,
    { 'cq.custom.rows': 10, 'cq.custom.output': 'json', 'cq.custom.added': 'word' },
  ],
])('a line is checked again %s', (_, rule, expected) => {
  const run = record(undefined, { ...declarations, added: oneOf('word') })
  run.operations.operation('build', (operation) => operation.set({ rows: 12, output: 'json', added: 'word' } as never))
  const line = encodeLine({ resource: run.resource(), spans: run.spans })
  const attributes = decodeLine(line, rule)[0]?.spans[0]?.attributes ?? {}
  expect(Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith('cq.custom.')))).toEqual(
    expected,
  )
})

describe('a custom attribute on its way', () => {
  const place = usePlace()
  const receiver = useReceiver()
  beforeEach(() => sawNotice(place))
  const host = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
    runFixture('custom.mjs', place, { RUDDER_URL: receiver.url, CQ_OTLP_ENDPOINT: receiver.url, ...env }, args)
  const expected = { output: 'json', cached: true, rows: 1000 }

  test('it reaches both destinations and the inspect log', async () => {
    await host(['--inspect-telemetry'])
    const shown = inspectLog(place).filter(({ message }) => message === 'inspect analytics event')
    expect(shown[0]?.data['properties']).toMatchObject({ custom: expected })
    await host()
    await deliverRest(place, receiver.url)
    const [event] = tracksOf(receiver.requests).filter(({ event: name }) => name === 'operation')
    expect(event?.properties['custom']).toEqual(expected)
    const operation = spansOf(receiver.requests).find(({ name }) => name === 'build')
    expect(operation && attributesOf(operation)).toMatchObject({
      'cq.custom.output': 'json',
      'cq.custom.cached': true,
      'cq.custom.rows': 1000,
    })
  })

  test('the child removes an undeclared attribute that was put into the spool', async () => {
    await host([], { DELIVERY: 'manual' })
    const [file = ''] = spooled(place).map((name) => join(spoolDirectory(place), name))
    const edited = readFileSync(file, 'utf8')
      .replace('"cq.custom.cached"', '"cq.custom.foreign"')
      .replace('"json"', `"${'a'.repeat(20)}"`)
      .replace('"intValue":1000', '"intValue":999')
    writeFileSync(file, edited)
    await deliverRest(place, receiver.url, { attributes: declarations })
    const [event] = tracksOf(receiver.requests).filter(({ event: name }) => name === 'operation')
    expect(event?.properties['custom']).toEqual({ rows: 100 })
    expect(receiver.requests.map(({ body }) => body).join()).not.toMatch(/foreign|aaaaaaaaaa/)
  })
})
