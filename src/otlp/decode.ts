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

/** Without a prototype, so that a key such as `__proto__` is a key and nothing else. */
export const attributesOf = (list: unknown): Json => {
  const attributes = Object.create(null) as Json
  for (const { key, value } of listOf(list)) if (typeof key === 'string') attributes[key] = valueOf(value)
  return attributes
}

/** 64-bit integers are texts in OTLP's JSON, or numbers. */
const timeOf = (value: unknown): HrTime => {
  const digits = typeof value === 'number' && Number.isInteger(value) ? String(BigInt(value)) : value
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits)) return [-1, 0]
  const nanos = BigInt(digits)
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
}

/** OTLP's hex is of either case. */
const idOf = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '')

/** Spans of our own scope with their resource, as they were read. */
export interface RawResourceSpans {
  readonly resource: Json
  readonly spans: readonly RawSpan[]
}

/** A span of OTLP's JSON, as it was read. */
export const rawSpan = (span: Json): RawSpan => ({
  traceId: idOf(span['traceId']),
  spanId: idOf(span['spanId']),
  parentSpanId: idOf(span['parentSpanId']) || undefined,
  startTime: timeOf(span['startTimeUnixNano']),
  endTime: timeOf(span['endTimeUnixNano']),
  attributes: attributesOf(span['attributes']),
})

/**
 * What OTLP's `TracesData`, parsed from JSON, holds of our own scope. Spans of another scope are left out, whatever their
 * attributes: names were judged by the host's `publicNames` where our recorder or `SanitizingSpanProcessor` wrote the scope, and
 * cannot be judged here.
 */
export const rawTraces = (traces: unknown): RawResourceSpans[] =>
  listOf(fieldOf(traces, 'resourceSpans')).map((each) => ({
    resource: attributesOf(fieldOf(each['resource'], 'attributes')),
    spans: listOf(each['scopeSpans'])
      .filter((scopeSpans) => fieldOf(scopeSpans['scope'], 'name') === distro.name)
      .flatMap((scopeSpans) => listOf(scopeSpans['spans']))
      .map(rawSpan),
  }))

type CheckResource = (raw: Json) => SanitizedResource

const checkedFrom =
  (...sources: readonly Source[]): CheckResource =>
  (raw) =>
    sanitizeResource(raw, alreadyPublic, ...sources)

const check = (traces: readonly RawResourceSpans[], custom: CustomRule, resourceOf: CheckResource): Batch[] =>
  traces.flatMap(({ resource: raw, spans }) => {
    if (spans.length === 0) return []
    const resource = resourceOf(raw)
    const safe = spans.flatMap((span) => sanitizeSpan(span, resource, alreadyPublic, custom) ?? [])
    return safe.length > 0 ? [{ resource, spans: safe }] : []
  })

/** What has been read, checked against the table. */
export const checkTraces = (
  traces: readonly RawResourceSpans[],
  custom: CustomRule,
  ...sources: readonly Source[]
): Batch[] => check(traces, custom, checkedFrom(...sources))

/** What is said again, as the lines of a run say of their resource, is checked once, and is one object. */
const checkedOnce = (resourceOf: CheckResource): CheckResource => {
  let last: { readonly text: string; readonly resource: SanitizedResource } | undefined
  return (raw) => {
    const text = JSON.stringify(raw)
    if (last?.text !== text) last = { text, resource: resourceOf(raw) }
    return last.resource
  }
}

/**
 * What each line of a file holds, checked against the table again: files outlive versions and can be edited. A line that is
 * torn, or no OTLP, holds nothing.
 */
export const decodeLines = (lines: readonly string[], custom = alreadyDeclared): Batch[][] => {
  const resourceOf = checkedOnce(checkedFrom('client'))
  return lines.map((line) => {
    try {
      return check(rawTraces(JSON.parse(line)), custom, resourceOf)
    } catch {
      return []
    }
  })
}

export const decodeLine = (line: string, custom = alreadyDeclared): Batch[] => decodeLines([line], custom).flat()
