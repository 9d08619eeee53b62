import { customPrefix, maxCustom } from '../../src/schema/custom.ts'
import { distro } from '../../src/schema/distro.ts'
import type { Shape } from '../../src/schema/shapes.ts'
import type { Row } from '../../src/schema/row.ts'
import { rowsOn } from '../../src/schema/table.ts'
import { type SpanType, spanTypes } from '../../src/schema/vocabulary.ts'

/**
 * The table as processors of the collector, in OTTL: what is not in it is removed, and so is a value that its row does
 * not allow. Whoever writes to a public endpoint need not have our client.
 */

/** OTTL's texts have the escapes of JSON; a collector's configuration takes `$$` for `$`. */
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

const check = (attributes: string, { key, shape }: Row): string => {
  const value = `${attributes}[${text(key)}]`
  const allowed = shape.list ? isList(value, shape) : isScalar(value, shape)
  return `delete_key(${attributes}, ${text(key)}) where ${value} != nil and not (${allowed})`
}

const escaped = (key: string): string => key.replaceAll('.', String.raw`\.`)
const customKey = String.raw`${escaped(customPrefix)}[a-z][a-z0-9_]{0,61}`

const keep = (attributes: string, rows: readonly Row[], more: readonly string[] = []): string =>
  `keep_matching_keys(${attributes}, ${whole([...rows.map(({ key }) => escaped(key)), ...more].join('|'))})`

/** A host's own attributes have names that are not known here: their values are bounded as the package bounds them. */
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

/** A span's own name says nothing that its attributes do not say: it is made from them anew. */
const named: Readonly<Record<SpanType, string | undefined>> = {
  run: 'resource.attributes["service.name"]',
  operation: 'span.attributes["cq.operation.name"]',
  provider: 'span.attributes["cq.provider.name"]',
  resource: 'span.attributes["cq.resource.name"]',
  policy: 'span.attributes["cq.policy.name"]',
  crash: undefined,
  delivery: undefined,
}

const nameOf = (unit: SpanType): string[] => {
  const value = named[unit]
  return [`set(span.name, ${text(unit)})`, ...(value ? [`set(span.name, ${value}) where ${value} != nil`] : [])]
}

/** Each type of span has its own group: a check costs time also where there is nothing to be checked. */
const spansOf = (unit: SpanType) => {
  const rows = [...rowsOn(unit).values()]
  return {
    context: 'span',
    conditions: [`${type} == ${text(unit)}`],
    statements: [
      keep('span.attributes', rows, unit === 'operation' ? [customKey] : []),
      ...rows.map((row) => check('span.attributes', row)),
      ...(unit === 'operation' ? custom : []),
      ...nameOf(unit),
    ],
  }
}

const resourceRows = [...rowsOn('resource').values()]

const exceptionKeys = [String.raw`exception\.type`, String.raw`exception\.stacktrace`]

/** An object of the collector's configuration: two processors, `filter/schema` before `transform/schema`. */
export const schemaConfig = () => ({
  processors: {
    'filter/schema': {
      error_mode: 'propagate',
      traces: {
        span: [
          `scope.name != ${text(distro.name)}`,
          `not (IsString(${type}) and IsMatch(${type}, ${whole(spanTypes.join('|'))}))`,
          'Len(span.links) > 0',
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
            keep('resource.attributes', resourceRows),
            ...resourceRows.map((row) => check('resource.attributes', row)),
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
            `keep_matching_keys(spanevent.attributes, ${whole(exceptionKeys.join('|'))})`,
            'truncate_all(spanevent.attributes, 5000)',
          ],
        },
      ],
    },
  },
})
