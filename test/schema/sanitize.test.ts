import { describe, expect, test } from 'vitest'
import { alreadyPublic, publicize } from '../../src/schema/names.ts'
import { type RawSpan, sanitizeResource, sanitizeSpan } from '../../src/schema/sanitize.ts'
import { eventNames } from '../../src/schema/row.ts'
import { spanTable, table } from '../../src/schema/table.ts'
import { spanTypes } from '../../src/schema/vocabulary.ts'
import { derivedProperties } from '../../src/schema/derived.ts'
import { examples } from '../support/examples.ts'
import { cases, fc } from '../support/property.ts'

const judge = publicize({ operations: ['fetch'], providers: ['aws'], resources: () => true, policies: ['cis'] })
const resource = sanitizeResource({ 'service.name': 'mytool' }, judge, 'client')
const rows = new Map(spanTable.map((row) => [row.key, row]))

const span = (attributes: Record<string, unknown>, more: Partial<RawSpan> = {}): RawSpan => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: undefined,
  startTime: [1, 0],
  endTime: [2, 0],
  attributes,
  ...more,
})

const secrets = [
  'AKIAIOSFODNN7EXAMPLE',
  '/home/me/.aws/credentials',
  'postgres://me:pw@db01.corp/x',
  '10.1.2.3',
  'ghp_16C7e42F292c6912E7',
]
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(...secrets),
  fc.constantFrom<unknown>(Number.NaN, -1, Infinity, 1e300, null, undefined, Symbol.iterator, () => 'secret'),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  fc.array(fc.anything(), { maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const anyAttributes = fc.dictionary(
  fc.oneof(fc.constantFrom(...table.map(({ key }) => key)), fc.string(), fc.constant('__proto__')),
  anyValue,
  { maxKeys: 60 },
)

describe('whatever a span contains', () => {
  test('only keys of the table are kept, each with a value of its shape, and the span is not changed', () => {
    fc.assert(
      fc.property(anyAttributes, fc.constantFrom(...spanTypes), (attributes, type) => {
        const given = Object.freeze({ ...attributes, 'cq.span.type': type })
        const safe = sanitizeSpan(span(given), resource, judge)
        for (const [key, value] of Object.entries(safe?.attributes ?? {})) {
          const row = rows.get(key)
          expect(row?.on, key).toContain(type)
          expect(row?.shape.accepts(value), `${key}: ${JSON.stringify(value)}`).toBe(true)
        }
      }),
      { numRuns: cases(1_000) },
    )
  })

  test('no private string is kept, whatever its key', () => {
    const strings = table.filter(({ shape }) => shape.base === 'string')
    for (const type of spanTypes) {
      for (const secret of secrets) {
        const values = strings.map(({ key, shape }) => [key, shape.list ? [secret] : secret])
        const safe = sanitizeSpan(
          span({ ...Object.fromEntries(values), 'cq.span.type': type }),
          resource,
          publicize({}),
        )
        expect(JSON.stringify(safe)).not.toContain(secret)
        expect(JSON.stringify(sanitizeResource(Object.fromEntries(values), publicize({}), 'client'))).not.toContain(
          secret,
        )
      }
    }
  })

  test.each<[string, Partial<RawSpan>]>([
    ['no trace id', { traceId: '' }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['a span id that is none', { spanId: 'the secret here!' }],
    ['a time before the epoch', { startTime: [-1, 0] }],
    ['a time that is none', { endTime: [Number.NaN, 0] }],
    ['a type that is none of ours', { attributes: { 'cq.span.type': 'http' } }],
  ])('a span with %s does not leave', (_, more) => {
    expect(sanitizeSpan(span({ 'cq.span.type': 'operation' }, more), resource, judge)).toBeUndefined()
  })

  test('a parent that is no span id is left out', () => {
    const safe = sanitizeSpan(span({ 'cq.span.type': 'operation' }, { parentSpanId: 'a secret' }), resource, judge)
    expect(safe?.parentSpanId).toBeUndefined()
  })
})

describe('names', () => {
  const nameOf = (name: unknown, names = judge) =>
    sanitizeSpan(span({ 'cq.span.type': 'operation', 'cq.operation.name': name }), resource, names)?.name

  test("a public name becomes the span's name, and any other is private", () => {
    expect(nameOf('fetch')).toBe('fetch')
    for (const name of ['rm', '', 42, undefined, ['fetch'], { toString: () => 'fetch' }])
      expect(nameOf(name)).toBe('private')
  })

  const odd = [
    'two  spaces',
    'quo"te',
    "it's",
    'smile 😀',
    '/etc/passwd',
    'C:\\Users\\me',
    'x'.repeat(10_000),
    'new\nline',
    'ümlaut',
  ]
  test.each(odd.map((name) => [name.slice(0, 20), name]))(
    '%s is private even if the host says that it is public',
    (_, name) => {
      expect(nameOf(name, publicize({ operations: () => true }))).toBe('private')
    },
  )

  test('a predicate that throws, or returns anything but true, does not make a name public', () => {
    const throws = () => {
      throw new Error('no')
    }
    expect(nameOf('fetch', publicize({ operations: throws }))).toBe('private')
    expect(nameOf('fetch', publicize({ operations: (() => 'yes') as never }))).toBe('private')
  })

  test('a resource of a provider that is private is private', () => {
    const attributes = { 'cq.span.type': 'resource', 'cq.resource.name': 'users', 'cq.provider.name': 'in-house' }
    expect(sanitizeSpan(span(attributes), resource, judge)?.name).toBe('private')
    expect(sanitizeSpan(span({ ...attributes, 'cq.provider.name': 'aws' }), resource, judge)?.name).toBe('users')
  })

  test('the run is named after the tool', () => {
    expect(sanitizeSpan(span({ 'cq.span.type': 'run' }), resource, judge)?.name).toBe('mytool')
  })
})

test('an attribute that only a collector may set is discarded from a client', () => {
  const geo = { 'geo.country.iso_code': 'DE' }
  expect(sanitizeResource(geo, judge, 'client').attributes).toEqual({})
  expect(sanitizeResource(geo, judge, 'client', 'collector').attributes).toEqual(geo)
})

describe('the table', () => {
  const known = examples()

  test.each(table.map((row) => [row.key, row] as const))(
    '%s has a purpose, and an example of its shape from a real run',
    (_, row) => {
      expect(row.purpose).toMatch(/^[A-Z].*[.]$/)
      expect(row.since).toMatch(/^\d+\.\d+\.\d+$/)
      const example = known[row.key]
      expect(row.shape.accepts(example), JSON.stringify(example)).toBe(true)
    },
  )

  test('has keys with a namespace, and no key is the namespace of another', () => {
    for (const { key } of table) {
      expect(key).toContain('.')
      expect(table.filter((other) => other.key.startsWith(`${key}.`)).map((other) => other.key)).toEqual([])
    }
  })

  test('has each key once per place, and one attribute for each property of an event', () => {
    expect(new Set(table.map(({ key }) => key)).size).toBe(table.length)
    for (const event of eventNames) {
      const properties = [...table, ...derivedProperties].flatMap(({ rudder, events }) =>
        rudder !== null && events.includes(event) ? rudder : [],
      )
      expect(properties.length).toBe(new Set(properties).size)
    }
  })
})

describe('the options of an operation', () => {
  const declared = publicize({ options: ['dry-run', 'output', 'output=json', 'path', 'path=/home/me', 'e-mail=me@x'] })
  const optionsOf = (options: unknown, by = declared) =>
    sanitizeSpan(span({ 'cq.span.type': 'operation', 'cq.options': options }), resource, by)?.attributes['cq.options']

  test.each<[unknown, unknown]>([
    [
      ['output=json', 'dry-run'],
      ['dry-run', 'output=json'],
    ],
    [['dry-run', 'dry-run'], ['dry-run']],
    [
      ['output=s3cret', 's3cret', 'dry-run'],
      ['dry-run', 'output'],
    ],
    [['output=json=s3cret'], ['output']],
    [['path=/home/me', 'e-mail=me@x'], ['path']],
    // `private` says nothing, and may be an option's name.
    [['s3cret', 'private', '_OTHER', 'private-0123456789abcdef'], ['private']],
    [['__proto__', 'constructor', 'DRY-RUN', 'dry-run '], undefined],
    [[1, null, {}, ['dry-run']], undefined],
    [[], undefined],
    ['dry-run', undefined],
    [{ 0: 'dry-run' }, undefined],
  ])('of %j leave %j', (given, left) => {
    expect(optionsOf(given)).toEqual(left)
  })

  test('are at most fifty, and only on operations', () => {
    const many = Array.from({ length: 80 }, (_, index) => `o${index}`)
    expect(optionsOf(many, publicize({ options: () => true }))).toHaveLength(50)
    const provider = span({ 'cq.span.type': 'provider', 'cq.options': ['dry-run'] })
    expect(sanitizeSpan(provider, resource, declared)?.attributes).not.toHaveProperty('cq.options')
  })

  test('that were recorded are checked by shape when they are read', () => {
    const given = ['dry-run', 'output=json', 'path=/home/me', 'me@example.org', 'two words', 'x'.repeat(65)]
    expect(optionsOf(given, alreadyPublic)).toEqual(['dry-run', 'output=json', 'path'])
  })
})
