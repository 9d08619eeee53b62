import { customAttributes, type CustomRule } from './custom.ts'
import type { Publicize } from './names.ts'
import { type NameKind, privateName, type Shape, type Value } from './shapes.ts'
import type { Row } from './row.ts'
import { rowsOn } from './table.ts'
import { type UnitType, unitTypes } from './vocabulary.ts'

/** Seconds and nanoseconds, as OpenTelemetry's SDK keeps them. */
export type HrTime = readonly [number, number]
export type SafeAttributes = Readonly<Record<string, Value>>

declare const sanitized: unique symbol

/** A span of which each value has passed the table. Only such a span can be spooled, shown or sent. */
export interface SanitizedSpan {
  readonly [sanitized]: true
  readonly type: UnitType
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  /** Derived from the type and a public name, never taken from the span. */
  readonly name: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly attributes: SafeAttributes
}

export interface SanitizedResource {
  readonly [sanitized]: true
  readonly attributes: SafeAttributes
}

/** What is read of a span; everything else on it is never looked at. */
export interface RawSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly attributes: Readonly<Record<string, unknown>>
}

const traceIdShape = /^(?!0{32})[0-9a-f]{32}$/
const spanIdShape = /^(?!0{16})[0-9a-f]{16}$/

const isTime = ([seconds, nanos]: HrTime): boolean =>
  Number.isSafeInteger(seconds) && seconds >= 0 && Number.isSafeInteger(nanos) && nanos >= 0 && nanos < 1e9

/** Finer digits are the clock's noise, do not compress, and would be a twentieth of what is sent. */
const inMicroseconds = ([seconds, nanos]: HrTime): HrTime => [seconds, nanos - (nanos % 1_000)]

const listAt = (list: unknown, index: number): unknown => (Array.isArray(list) ? (list as unknown[])[index] : undefined)

/** The provider that a resource's name is judged by: of the span itself, or of the aggregate's entry. */
const providerOf = (attributes: RawSpan['attributes'], index?: number): string => {
  const own = attributes['cq.provider.name']
  if (index === undefined || own !== undefined) return typeof own === 'string' ? own : ''
  const provider = listAt(attributes['cq.resources.providers'], index)
  const name = listAt(attributes['cq.providers.names'], Number(provider ?? -1))
  return typeof name === 'string' ? name : ''
}

const safeName = (shape: Shape, kind: NameKind, value: unknown, raw: RawSpan['attributes'], publicize: Publicize) => {
  const judge = (name: unknown, index?: number) =>
    publicize(kind, name, kind === 'resources' ? publicProvider(providerOf(raw, index), publicize) : '')
  const rename = (member: unknown, index?: number) =>
    shape.rename ? shape.rename(member, judge) : judge(member, index)
  if (!shape.list) return rename(value) as Value
  const list = Array.isArray(value) ? (value as unknown[]).map(rename) : undefined
  return list && shape.accepts(list) ? (list as string[]) : undefined
}

const publicProvider = (name: string, publicize: Publicize): string => (name === '' ? '' : publicize('providers', name))

/** What leaves of a value; undefined if nothing does. */
export const safeValue = (
  row: Row,
  value: unknown,
  raw: RawSpan['attributes'],
  publicize: Publicize,
): Value | undefined => {
  if (row.shape.name) return safeName(row.shape, row.shape.name, value, raw, publicize)
  if (!row.shape.accepts(value)) return undefined
  return (Array.isArray(value) ? [...value] : value) as Value
}

/** The attributes that the rows know, each with a value that its row accepts. */
const safeAttributes = (rows: ReadonlyMap<string, Row>, raw: RawSpan['attributes'], publicize: Publicize) => {
  const safe: Record<string, Value> = {}
  for (const [key, row] of rows) {
    const value = raw[key]
    if (value === undefined || value === null) continue
    const kept = safeValue(row, value, raw, publicize)
    if (kept !== undefined) safe[key] = kept
  }
  return safe
}

/** A command's root span is named after its program by the convention for CLI programs. */
const appOf = ({ attributes }: SanitizedResource): string => String(attributes['service.name'] ?? 'run')

const nameKeys: Record<Exclude<UnitType, 'run' | 'crash' | 'delivery'>, string> = {
  operation: 'cq.operation.name',
  provider: 'cq.provider.name',
  resource: 'cq.resource.name',
  policy: 'cq.policy.name',
}

const nameOf = (type: UnitType, resource: SanitizedResource, attributes: SafeAttributes): string => {
  if (type === 'run') return appOf(resource)
  return type === 'crash' || type === 'delivery' ? type : String(attributes[nameKeys[type]] ?? privateName)
}

/** The type of a span with this package's conventions, or undefined. */
export const unitTypeOf = (attributes: RawSpan['attributes']): UnitType | undefined =>
  unitTypes.find((each) => each === attributes['cq.span.type'])

const undeclared: CustomRule = () => undefined

/** A new value from what the table allows, or undefined for a span that is not one of ours. */
export const sanitizeSpan = (
  raw: RawSpan,
  resource: SanitizedResource,
  publicize: Publicize,
  custom: CustomRule = undeclared,
): SanitizedSpan | undefined => {
  const type = unitTypeOf(raw.attributes)
  if (!type || !traceIdShape.test(raw.traceId) || !spanIdShape.test(raw.spanId)) return undefined
  if (!isTime(raw.startTime) || !isTime(raw.endTime)) return undefined
  const attributes = {
    ...safeAttributes(rowsOn(type), raw.attributes, publicize),
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

/** Who sets the resource: a client's word on what only a collector may say is discarded. */
export type Source = Row['source']

const resourceRows = new Map<string, ReadonlyMap<string, Row>>()

/** Looked for once: a bridge asks for each request. */
const resourceRowsOf = (sources: readonly Source[]): ReadonlyMap<string, Row> => {
  const id = sources.join()
  const rows =
    resourceRows.get(id) ?? new Map([...rowsOn('resource')].filter(([, { source }]) => sources.includes(source)))
  resourceRows.set(id, rows)
  return rows
}

export const sanitizeResource = (
  raw: Readonly<Record<string, unknown>>,
  publicize: Publicize,
  ...sources: readonly Source[]
): SanitizedResource => ({ attributes: safeAttributes(resourceRowsOf(sources), raw, publicize) }) as SanitizedResource
