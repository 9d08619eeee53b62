import { customAttributes, type CustomRule } from './custom.ts'
import type { Publicize } from './names.ts'
import { privateName, type Value } from './shapes.ts'
import type { Row } from './row.ts'
import { type RawAttributes, sanitizeValue } from './sanitize-value.ts'
import { rowsOfResource, rowsOfSpan } from './table.ts'
import { type SpanType, spanTypes } from './vocabulary.ts'

/** Seconds and nanoseconds since 1970, as in OpenTelemetry's SDK. */
export type HrTime = readonly [number, number]
export type SafeAttributes = Readonly<Record<string, Value>>

declare const sanitized: unique symbol

/** A span whose every value the table allows. Only `sanitizeSpan` makes one. No other span is spooled or sent. */
export interface SanitizedSpan {
  readonly [sanitized]: true
  readonly type: SpanType
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** Made from the type and a public name; the name of the original span is not used. */
  readonly name: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly attributes: SafeAttributes
}

/** A resource whose every value the table allows. Only `sanitizeResource` makes one. */
export interface SanitizedResource {
  readonly [sanitized]: true
  readonly attributes: SafeAttributes
}

/** The fields of a span before it is sanitized. No other field of a span is read. */
export interface RawSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly attributes: RawAttributes
}

const traceIdShape = /^(?!0{32})[0-9a-f]{32}$/
const spanIdShape = /^(?!0{16})[0-9a-f]{16}$/

const isTime = ([seconds, nanos]: HrTime): boolean =>
  Number.isSafeInteger(seconds) && seconds >= 0 && Number.isSafeInteger(nanos) && nanos >= 0 && nanos < 1e9

/**
 * Rounds to microseconds. Nanoseconds are noise of the clock and do not compress: they would make up 5 % of the data.
 */
const inMicroseconds = ([seconds, nanos]: HrTime): HrTime => [seconds, nanos - (nanos % 1_000)]

/** The attributes that have a row and a value that the row accepts. */
const sanitizeAttributes = (rows: ReadonlyMap<string, Row>, raw: RawAttributes, publicize: Publicize) => {
  const attributes: Record<string, Value> = {}
  for (const [key, row] of rows) {
    const value = raw[key]
    if (value === undefined || value === null) continue
    const kept = sanitizeValue(row, value, raw, publicize)
    if (kept !== undefined) attributes[key] = kept
  }
  return attributes
}

/** The name of the app. OpenTelemetry's conventions for CLI programs name the root span after the program. */
const appOf = ({ attributes }: SanitizedResource): string => String(attributes['service.name'] ?? 'run')

/** Spans that are named after their type. */
const plainTypes = ['crash', 'delivery', 'progress', 'forget'] as const
type PlainType = (typeof plainTypes)[number]
const isPlain = (type: SpanType): type is PlainType => plainTypes.some((each) => each === type)

const nameKeys: Record<Exclude<SpanType, 'run' | PlainType>, string> = {
  operation: 'cq.operation.name',
  provider: 'cq.provider.name',
  resource: 'cq.resource.name',
  policy: 'cq.policy.name',
}

const nameOf = (type: SpanType, resource: SanitizedResource, attributes: SafeAttributes): string => {
  if (type === 'run') return appOf(resource)
  return isPlain(type) ? type : String(attributes[nameKeys[type]] ?? privateName)
}

/** The `cq.span.type` of a span; undefined if it is missing or unknown. */
export const spanTypeOf = (attributes: RawAttributes): SpanType | undefined =>
  spanTypes.find((each) => each === attributes['cq.span.type'])

const noCustomAttributes: CustomRule = () => undefined

/**
 * Makes a new span from the values that the table allows. Returns undefined for a span without a known `cq.span.type`,
 * or with an invalid id or time.
 */
export const sanitizeSpan = (
  raw: RawSpan,
  resource: SanitizedResource,
  publicize: Publicize,
  custom: CustomRule = noCustomAttributes,
): SanitizedSpan | undefined => {
  const type = spanTypeOf(raw.attributes)
  if (!type || !traceIdShape.test(raw.traceId) || !spanIdShape.test(raw.spanId)) return undefined
  if (!isTime(raw.startTime) || !isTime(raw.endTime)) return undefined
  const attributes = {
    ...sanitizeAttributes(rowsOfSpan(type), raw.attributes, publicize),
    ...(type === 'operation' && customAttributes(raw.attributes, custom)),
  }
  const parent = raw.parentSpanId
  return {
    type,
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentSpanId: parent !== undefined && spanIdShape.test(parent) ? parent : undefined,
    name: nameOf(type, resource, attributes),
    startTime: inMicroseconds(raw.startTime),
    endTime: inMicroseconds(raw.endTime),
    attributes,
  } satisfies Omit<SanitizedSpan, typeof sanitized> as unknown as SanitizedSpan
}

/** The party that set a resource. Attributes that only the other party may set are discarded. */
export type Source = Row['source']

const resourceRows = new Map<string, ReadonlyMap<string, Row>>()

/** Cached, since a bridge sanitizes a resource for each request. */
const resourceRowsOf = (sources: readonly Source[]): ReadonlyMap<string, Row> => {
  const id = sources.join()
  const rows = resourceRows.get(id) ?? new Map([...rowsOfResource].filter(([, { source }]) => sources.includes(source)))
  resourceRows.set(id, rows)
  return rows
}

/** Makes a new resource from the values that the table allows these sources to set. */
export const sanitizeResource = (
  raw: RawAttributes,
  publicize: Publicize,
  ...sources: readonly Source[]
): SanitizedResource =>
  ({ attributes: sanitizeAttributes(resourceRowsOf(sources), raw, publicize) }) as SanitizedResource
