import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Collector, collectorBinary, startCollector } from '../support/collector.ts'
import type { Encoding } from '../support/load.ts'
import type { RawAttributes, RawSpan } from '../support/raw-spans.ts'
import { attributesOf } from '../support/receiver.ts'
import { type Stored, storedOf } from '../support/stored.ts'

/** A key that comes several times, which protobuf and JSON allow: a value after the first must not pass the allow-list. */

type Value = RawAttributes[number][1]
const secret = 'a-secret'
/** Values of one key in their order, and what is kept of them. */
type Case = readonly [values: readonly Value[], kept: Value]

const casesOf = (good: string, other: string): readonly Case[] => [
  [[good, secret], good],
  [[secret, good], undefined],
  [[good, good], good],
  [[good, other, secret], good],
  [[good, secret, other], good],
  [[secret, good, secret], undefined],
  [[secret, secret, good], undefined],
  [[good, [secret]], good],
  [[[secret], good], undefined],
  [[undefined, secret], undefined],
]

const listCases: readonly Case[] = [
  [[['aws'], ['a secret']], ['aws']],
  [[['a secret'], ['aws']], undefined],
  [[['aws'], secret], ['aws']],
  [[['aws'], ['gcp'], ['a secret']], ['aws']],
]

const customCases: readonly Case[] = [
  [['one', 'a secret'], 'one'],
  [['a secret', 'one'], 'private'],
  [['one', 'two', 'a secret'], 'one'],
]

const operation: RawAttributes = [['cq.span.type', 'operation']]
const several = (key: string, values: readonly Value[]): RawAttributes => values.map((value) => [key, value])

/** Where a key may be, and the span that has it several times there. */
const places: Readonly<
  Record<string, { key: string; cases: readonly Case[]; span: (given: RawAttributes) => Partial<RawSpan> }>
> = {
  'a resource': { key: 'os.type', cases: casesOf('linux', 'darwin'), span: (resource) => ({ resource }) },
  'a span': {
    key: 'error.type',
    cases: casesOf('TypeError', 'RangeError'),
    span: (given) => ({ attributes: [...operation, ...given] }),
  },
  'a list of a span': {
    key: 'cq.providers.names',
    cases: listCases,
    span: (given) => ({ attributes: [...given, ...operation] }),
  },
  'an attribute that a host declared': {
    key: 'cq.custom.edition',
    cases: customCases,
    span: (given) => ({ attributes: [...operation, ...given] }),
  },
  'an exception': {
    key: 'exception.type',
    cases: casesOf('TypeError', 'RangeError'),
    span: (exception) => ({ attributes: [['cq.span.type', 'crash']], exception }),
  },
}

const encodings: readonly Encoding[] = ['json', 'protobuf']
const table = Object.entries(places).flatMap(([place, { key, cases, span }]) =>
  encodings.flatMap((encoding) =>
    cases.map(([values, kept]) => ({ place, encoding, key, values, kept, span: span(several(key, values)) })),
  ),
)
const types = encodings.flatMap((encoding) => [
  { encoding, values: ['operation', secret], kept: 'operation' },
  { encoding, values: [secret, 'operation'], kept: undefined },
  { encoding, values: ['operation', 'run', secret], kept: 'operation' },
])

const start = 1_795_000_000_000_000_000n
const spanOf = (index: number, given: Partial<RawSpan>): RawSpan => ({
  spanId: String(index + 1).padStart(16, '0'),
  attributes: operation,
  start,
  end: start + 1n,
  ...given,
})
const spans = [
  ...table.map((row, index) => ({ encoding: row.encoding, span: spanOf(index, row.span) })),
  ...types.map(({ encoding, values }, index) => ({
    encoding,
    span: spanOf(table.length + index, { attributes: several('cq.span.type', values) }),
  })),
]

let collector: Collector
let stored: ReadonlyMap<string, Stored>
beforeAll(async () => {
  collectorBinary()
  collector = await startCollector('all-in-one')
  stored = await storedOf(collector, spans)
}, 1_200_000)
afterAll(() => collector.stop())

/** All values of a key that have content, wherever it is. */
const valuesOf = ({ resource, span, events }: Stored, wanted: string): unknown[] =>
  [resource, span, ...events]
    .flatMap(({ attributes = [] }) => attributes)
    .filter(({ key }) => key === wanted)
    .map((attribute) => Object.values(attributesOf({ attributes: [attribute] }))[0])
    .filter((value) => value !== undefined)

test.each(table.map((row, index) => ({ ...row, index })))(
  '$encoding, $key of $place given as $values: kept is $kept',
  ({ key, kept, index }) => {
    const found = stored.get(spanOf(index, {}).spanId)
    expect(found && valuesOf(found, key)).toEqual(kept === undefined ? [] : [kept])
  },
)

test.each(types.map((row, index) => ({ ...row, index })))(
  '$encoding, a type given as $values: kept is $kept',
  ({ kept, index }) => {
    const found = stored.get(spanOf(table.length + index, {}).spanId)
    expect(found && valuesOf(found, 'cq.span.type')).toEqual(kept === undefined ? undefined : [kept])
  },
)

test('the file has no secret', () => {
  expect(collector.lines().filter((line) => line.includes('secret'))).toEqual([])
})
