import { alreadyDeclared, type CustomRule } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import type { Publicize } from '../schema/names.ts'
import { alreadyPublic } from '../schema/names.ts'
import {
  sanitizeResource,
  sanitizeSpan,
  type HrTime,
  type SanitizedResource,
  type SanitizedSpan,
  type Source,
} from '../schema/sanitize.ts'
import { tracesData } from './otlp.ts'

/** What one line holds: spans of one run and its resource. */
export interface Batch {
  readonly resource: SanitizedResource
  readonly spans: readonly SanitizedSpan[]
}

/** A line of the OTLP file format, with its end: what any collector reads. */
export const encodeLine = ({ resource, spans }: Batch): string => `${JSON.stringify(tracesData(resource, spans))}\n`

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
const attributesOf = (list: unknown): Json => {
  const attributes = Object.create(null) as Json
  for (const { key, value } of listOf(list)) if (typeof key === 'string') attributes[key] = valueOf(value)
  return attributes
}

const timeOf = (value: unknown): HrTime => {
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) return [-1, 0]
  const nanos = BigInt(value)
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
}

/** OTLP's hex is of either case. */
const idOf = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '')

const spanOf = (span: Json, resource: SanitizedResource, publicize: Publicize, custom: CustomRule) =>
  sanitizeSpan(
    {
      traceId: idOf(span['traceId']),
      spanId: idOf(span['spanId']),
      parentSpanId: idOf(span['parentSpanId']) || undefined,
      startTime: timeOf(span['startTimeUnixNano']),
      endTime: timeOf(span['endTimeUnixNano']),
      attributes: attributesOf(span['attributes']),
    },
    resource,
    publicize,
    custom,
  )

const batchOf = (resourceSpans: Json, custom: CustomRule, sources: readonly Source[]): Batch => {
  const attributes = attributesOf(fieldOf(resourceSpans['resource'], 'attributes'))
  const resource = sanitizeResource(attributes, alreadyPublic, ...sources)
  const spans = listOf(resourceSpans['scopeSpans'])
    .filter((scopeSpans) => fieldOf(scopeSpans['scope'], 'name') === distro.name)
    .flatMap((scopeSpans) => listOf(scopeSpans['spans']))
    .flatMap((span) => spanOf(span, resource, alreadyPublic, custom) ?? [])
  return { resource, spans }
}

/** What OTLP's `TracesData` holds, parsed from JSON, checked against the table. */
export const decodeTraces = (traces: unknown, custom: CustomRule, ...sources: readonly Source[]): Batch[] =>
  listOf(fieldOf(traces, 'resourceSpans'))
    .map((each) => batchOf(each, custom, sources))
    .filter(({ spans }) => spans.length > 0)

/**
 * What a line holds, checked against the table again: files outlive versions and can be edited. A line that is torn,
 * or no OTLP, holds nothing.
 */
export const decodeLine = (line: string, custom = alreadyDeclared): Batch[] => {
  try {
    return decodeTraces(JSON.parse(line), custom, 'client')
  } catch {
    return []
  }
}
