import { alreadyDeclared, type CustomRule } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import { alreadyPublic } from '../schema/names.ts'
import {
  sanitizeResource,
  sanitizeSpan,
  type HrTime,
  type RawSpan,
  type SanitizedResource,
  type Source,
} from '../schema/sanitize.ts'
import type { Batch } from './encode.ts'

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : [])
const fieldOf = (value: unknown, key: string): unknown => (isJson(value) ? value[key] : undefined)

const scalarOf = (value: Json): unknown => {
  if (typeof value['intValue'] === 'string') return Number(value['intValue'])
  return value['stringValue'] ?? value['boolValue'] ?? value['intValue'] ?? value['doubleValue']
}

const valueOf = (value: unknown): unknown => {
  if (!isJson(value)) return undefined
  const list = fieldOf(value['arrayValue'], 'values')
  return Array.isArray(list) ? listOf(list).map(scalarOf) : scalarOf(value)
}

/**
 * The attributes of an OTLP list, in an object without a prototype, so that a key such as `__proto__` is an ordinary
 * key.
 */
export const attributesOf = (list: unknown): Json => {
  const attributes = Object.create(null) as Json
  for (const { key, value } of listOf(list)) if (typeof key === 'string') attributes[key] = valueOf(value)
  return attributes
}

/**
 * OTLP/JSON writes a 64-bit integer as a string or as a number. An invalid time becomes one that the sanitizer refuses.
 */
const timeOf = (value: unknown): HrTime => {
  const digits = typeof value === 'number' && Number.isInteger(value) ? String(BigInt(value)) : value
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits)) return [-1, 0]
  const nanos = BigInt(digits)
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
}

/** OTLP/JSON allows hex digits in either case. */
const idOf = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '')

/** Spans recorded by this package and their resource, before they are sanitized. */
export interface RawResourceSpans {
  readonly resource: Json
  readonly spans: readonly RawSpan[]
}

/** The fields of an OTLP/JSON span that are read. */
export const rawSpan = (span: Json): RawSpan => ({
  traceId: idOf(span['traceId']),
  spanId: idOf(span['spanId']),
  parentSpanId: idOf(span['parentSpanId']) || undefined,
  startTime: timeOf(span['startTimeUnixNano']),
  endTime: timeOf(span['endTimeUnixNano']),
  attributes: attributesOf(span['attributes']),
})

/**
 * The spans of a parsed `TracesData` whose instrumentation scope is this package. Other spans are left out even if they
 * have our attributes. Only our recorder and `SanitizingSpanProcessor` check names against the host's `publicNames`,
 * which are not known here.
 */
export const rawTraces = (traces: unknown): RawResourceSpans[] =>
  listOf(fieldOf(traces, 'resourceSpans')).map((each) => ({
    resource: attributesOf(fieldOf(each['resource'], 'attributes')),
    spans: listOf(each['scopeSpans'])
      .filter((scopeSpans) => fieldOf(scopeSpans['scope'], 'name') === distro.name)
      .flatMap((scopeSpans) => listOf(scopeSpans['spans']))
      .map(rawSpan),
  }))

type SanitizeResource = (raw: Json) => SanitizedResource

const sanitizeFrom =
  (...sources: readonly Source[]): SanitizeResource =>
  (raw) =>
    sanitizeResource(raw, alreadyPublic, ...sources)

const sanitizeTraces = (
  traces: readonly RawResourceSpans[],
  custom: CustomRule,
  resourceOf: SanitizeResource,
): Batch[] =>
  traces.flatMap(({ resource: raw, spans }) => {
    if (spans.length === 0) return []
    const resource = resourceOf(raw)
    const sanitized = spans.flatMap((span) => sanitizeSpan(span, resource, alreadyPublic, custom) ?? [])
    return sanitized.length > 0 ? [{ resource, spans: sanitized }] : []
  })

/**
 * Sanitizes spans and resources that were read. `sources` names the parties whose attributes of a resource are
 * accepted.
 */
export const checkTraces = (
  traces: readonly RawResourceSpans[],
  custom: CustomRule,
  ...sources: readonly Source[]
): Batch[] => sanitizeTraces(traces, custom, sanitizeFrom(...sources))

/** Sanitizes each resource once, since every line of a run repeats it. Equal resources become one object. */
const onceForEqual = (resourceOf: SanitizeResource): SanitizeResource => {
  let last: { readonly text: string; readonly resource: SanitizedResource } | undefined
  return (raw) => {
    const text = JSON.stringify(raw)
    if (last?.text !== text) last = { text, resource: resourceOf(raw) }
    return last.resource
  }
}

/**
 * The batches of each line of a file. They are sanitized again, since another version may have written the file, and
 * anyone can edit it. A line that is cut off or is not OTLP has no batches.
 */
export const decodeLines = (lines: readonly string[], custom = alreadyDeclared): Batch[][] => {
  const resourceOf = onceForEqual(sanitizeFrom('client'))
  return lines.map((line) => {
    try {
      return sanitizeTraces(rawTraces(JSON.parse(line)), custom, resourceOf)
    } catch {
      return []
    }
  })
}

export const decodeLine = (line: string, custom = alreadyDeclared): Batch[] => decodeLines([line], custom).flat()
