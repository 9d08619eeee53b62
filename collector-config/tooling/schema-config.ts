import { customPrefix, maxCustom } from '../../src/schema/custom.ts'
import { distro } from '../../src/schema/distro.ts'
import { errorTypes } from '../../src/schema/errors.ts'
import { frame } from '../../src/schema/frame.ts'
import { oneOf, type Shape } from '../../src/schema/shapes.ts'
import type { Row } from '../../src/schema/row.ts'
import { resourceTable, rowsOfSpan } from '../../src/schema/table.ts'
import { type SpanType, spanTypes } from '../../src/schema/vocabulary.ts'

/**
 * Generates processors of the collector, in OTTL, from the schema. They remove every attribute that is not in the
 * schema or whose value is not allowed, because anyone can send to a public endpoint without using this package.
 */

/** A string literal of OTTL, which has JSON's escapes. The collector's configuration needs `$$` for `$`. */
const text = (value: string): string => JSON.stringify(value).replaceAll('$', '$$$$')
const whole = (pattern: string): string => text(`^(?:${pattern})$`)

const member = ({ base, pattern }: Shape): string => {
  if (base === 'integer') return String.raw`-?\d{1,16}`
  return base === 'boolean' ? 'true|false' : `"(?:${pattern?.()})"`
}

const isList = (value: string, shape: Shape): string =>
  `IsList(${value}) and Len(${value}) <= ${shape.members} and ` +
  `IsMatch(${value}, ${whole(String.raw`\[(?:(?:${member(shape)})(?:,(?:${member(shape)}))*)?\]`)})`

const isScalar = (value: string, { base, pattern, min, max }: Shape): string => {
  if (base === 'boolean') return `IsBool(${value})`
  if (base === 'integer') return `IsInt(${value}) and ${value} >= ${min} and ${value} <= ${max}`
  return `IsString(${value}) and Len(${value}) <= ${max} and IsMatch(${value}, ${whole(String(pattern?.()))})`
}

type Checked = Pick<Row, 'key' | 'shape'>

const check = (attributes: string, { key, shape }: Checked): string => {
  const value = `${attributes}[${text(key)}]`
  const allowed = shape.list ? isList(value, shape) : isScalar(value, shape)
  return `delete_key(${attributes}, ${text(key)}) where ${value} != nil and not (${allowed})`
}

const escaped = (key: string): string => key.replaceAll('.', String.raw`\.`)
const customKey = String.raw`${escaped(customPrefix)}[a-z][a-z0-9_]{0,61}`

const keep = (attributes: string, rows: readonly Checked[], patterns: readonly string[] = []): string =>
  `keep_matching_keys(${attributes}, ${whole([...rows.map(({ key }) => escaped(key)), ...patterns].join('|'))})`

/** The collector does not know the keys that hosts declare, so it only limits their values, as the package does. */
const custom = [
  `set(span.cache["custom"], span.attributes)`,
  `flatten(span.cache["custom"])`,
  `keep_matching_keys(span.cache["custom"], ${whole(customKey)})`,
  String.raw`replace_all_patterns(span.cache["custom"], "value", ${whole('(?s:.{33,}|.*[^A-Za-z0-9._-].*|)')}, "private")`,
  `limit(span.cache["custom"], ${maxCustom}, [])`,
  `delete_matching_keys(span.attributes, ${text(`^${escaped(customPrefix)}`)})`,
  `merge_maps(span.attributes, span.cache["custom"], "upsert")`,
]

const type = 'span.attributes["cq.span.type"]'

/** The attribute from which the name of a span is set again, because a client could put any text into the name. */
const named: Readonly<Record<SpanType, string | undefined>> = {
  run: 'resource.attributes["service.name"]',
  operation: 'span.attributes["cq.operation.name"]',
  provider: 'span.attributes["cq.provider.name"]',
  resource: 'span.attributes["cq.resource.name"]',
  policy: 'span.attributes["cq.policy.name"]',
  crash: undefined,
  delivery: undefined,
  progress: undefined,
  forget: undefined,
}

const nameOf = (unit: SpanType): string[] => {
  const value = named[unit]
  return [`set(span.name, ${text(unit)})`, ...(value ? [`set(span.name, ${value}) where ${value} != nil`] : [])]
}

/** One group of statements for each span type, because a statement costs time even if its attribute is absent. */
const spansOf = (unit: SpanType) => {
  const rows = [...rowsOfSpan(unit).values()]
  return {
    context: 'span',
    conditions: [`${type} == ${text(unit)}`],
    statements: [
      ...unique('span'),
      keep('span.attributes', rows, unit === 'operation' ? [customKey] : []),
      ...rows.map((row) => check('span.attributes', row)),
      ...(unit === 'operation' ? custom : []),
      ...nameOf(unit),
    ],
  }
}

const dayNanos = 86_400_000_000_000
/** A clock may be wrong by a day. Numbers from 2^63 on are negative here, as OTTL's integers have a sign. */
const isNoTime = (time: string): string => `${time} < 1 or ${time} > UnixNano(Now()) + ${dayNanos}`
const start = 'span.start_time_unix_nano'
const end = 'span.end_time_unix_nano'
const eventTime = 'spanevent.time_unix_nano'

/**
 * Makes each key unique, with its first value. A protobuf may have a key twice, of which the other functions look at the
 * first alone.
 */
const unique = (context: string): string[] => [
  `merge_maps(${context}.cache, ${context}.attributes, "insert")`,
  `set(${context}.attributes, ${context}.cache)`,
]

const frameLine = ` {4}at (?:${frame().pattern?.()})`
const stack = String.raw`${frameLine}(?:\n${frameLine})*`

/** The attributes of the `exception` event, which the package makes of those of a crash. */
const exceptionRows: readonly Checked[] = [
  { key: 'exception.type', shape: oneOf(...errorTypes) },
  { key: 'exception.stacktrace', shape: { ...frame(), pattern: () => stack, max: 5_000 } },
]

/** The part of the collector's configuration with the processors `filter/schema` and, after it, `transform/schema`. */
export const schemaConfig = () => ({
  processors: {
    'filter/schema': {
      error_mode: 'propagate',
      traces: {
        span: [
          `scope.name != ${text(distro.name)}`,
          `not (IsString(${type}) and IsMatch(${type}, ${whole(spanTypes.join('|'))}))`,
          'Len(span.links) > 0',
          `${isNoTime(start)} or ${isNoTime(end)} or ${end} < ${start}`,
        ],
        spanevent: [`spanevent.name != "exception" or ${type} != "crash"`],
      },
    },
    'transform/schema': {
      error_mode: 'propagate',
      trace_statements: [
        {
          context: 'resource',
          statements: [
            'set(resource.schema_url, "")',
            ...unique('resource'),
            keep('resource.attributes', resourceTable),
            ...resourceTable.map((row) => check('resource.attributes', row)),
          ],
        },
        {
          context: 'scope',
          statements: [
            'set(scope.schema_url, "")',
            'keep_keys(scope.attributes, [])',
            String.raw`set(scope.version, "") where not IsMatch(scope.version, ${whole(String.raw`\d{1,6}(?:\.\d{1,6}){0,2}`)})`,
          ],
        },
        ...spanTypes.map(spansOf),
        { context: 'span', statements: ['set(span.status.message, "")', 'set(span.trace_state, "")'] },
        {
          context: 'spanevent',
          statements: [
            `set(${eventTime}, ${start}) where ${isNoTime(eventTime)}`,
            ...unique('spanevent'),
            keep('spanevent.attributes', exceptionRows),
            ...exceptionRows.map((row) => check('spanevent.attributes', row)),
          ],
        },
      ],
    },
  },
})
