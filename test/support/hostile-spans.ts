import type { Row } from '../../src/schema/row.ts'
import type { Shape, Value } from '../../src/schema/shapes.ts'
import { resourceTable, rowsOfSpan, table } from '../../src/schema/table.ts'
import { type SpanType, spanTypes } from '../../src/schema/vocabulary.ts'
import { examples } from './examples.ts'
import type { Attributes, GeneratedRun, GeneratedSpan } from './generated.ts'
import { fc } from './property.ts'

/** Spans that pass the allow-list and mean harm: each value has the shape of its row, at its edges. */

const integers = [
  0,
  1,
  3_221_225_786,
  4_294_967_295,
  99_999_999_999,
  Number.MAX_SAFE_INTEGER,
  -1,
  Number.MIN_SAFE_INTEGER,
]
const texts = ['', 'a', '0', 'private', '_OTHER', 'unknown', 'DE', 'DE-1', '0'.repeat(40), 'f'.repeat(64)]

const candidates = ({ key, shape }: Pick<Row, 'key' | 'shape'>): readonly Value[] => {
  if (shape.base === 'boolean') return [true, false]
  if (shape.base === 'integer') return [...integers, shape.min ?? 0, shape.max ?? 0]
  // Most are lists of words.
  return [examples()[key], ...texts, ...(shape.pattern?.().split('|') ?? [])].flat() as readonly string[]
}

const member = (row: Pick<Row, 'key' | 'shape'>): fc.Arbitrary<Value> => {
  const item: Shape = {
    ...row.shape,
    list: false,
    accepts: (value) => row.shape.accepts(row.shape.list ? [value] : value),
  }
  const allowed = candidates({ key: row.key, shape: item }).filter((value) => item.accepts(value))
  return fc.constantFrom(...allowed)
}

const value = (row: Pick<Row, 'key' | 'shape'>): fc.Arbitrary<Value> =>
  row.shape.list ? (fc.array(member(row), { maxLength: 4 }) as fc.Arbitrary<Value>) : member(row)

const attributes = (rows: readonly Pick<Row, 'key' | 'shape'>[]): fc.Arbitrary<Record<string, Value>> =>
  fc.record(Object.fromEntries(rows.map((row) => [row.key, value(row)])), { requiredKeys: [] }) as fc.Arbitrary<
    Record<string, Value>
  >

const day = 86_400_000_000_000n
const noon = 1_785_931_200_000_000_000n
/** The edges of OTLP's times, of the time that a database can hold, and of what is plausible. */
const time = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 1_577_836_800_000_000_000n),
  fc.bigInt({ min: noon - 400n * day, max: noon + 90n * day }),
)

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...[...Array(16).keys()].map((digit) => digit.toString(16))),
    minLength: length,
    maxLength: length,
  })
const id = (length: number) =>
  fc.oneof({ weight: 9, arbitrary: hex(length) }, fc.constant('a'.repeat(length)), fc.constant(''))

/** A collector checks the first of a key that is there twice; the second can be anything. */
const again: fc.Arbitrary<Attributes> = fc.dictionary(
  fc.constantFrom(...table.map(({ key }) => key)),
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '-', 'NaN', '9'.repeat(40), -1), fc.array(fc.string())),
  { maxKeys: 5 },
)

const span = (type: SpanType): fc.Arbitrary<GeneratedSpan> =>
  fc.record({
    traceId: id(32),
    spanId: id(16),
    parentSpanId: fc.constant(''),
    name: fc.constant(type),
    start: time,
    end: time,
    again,
    attributes: attributes([...rowsOfSpan(type).values()]).map((kept) => ({ ...kept, 'cq.span.type': type })),
  })

/** Some spans of a run. */
export const hostileRun: fc.Arbitrary<GeneratedRun> = fc.record({
  resource: attributes(resourceTable),
  again,
  spans: fc.array(fc.oneof(...spanTypes.map(span)), { minLength: 1, maxLength: 6 }),
})
