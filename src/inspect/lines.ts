import type { TrackEvent } from '../deliver/rudder/event.ts'
import { distro } from '../schema/distro.ts'
import type { RawSpan } from '../schema/sanitize.ts'
import { attributesOf, rawSpan } from '../otlp/decode.ts'
import type { Counted } from './text.ts'
import { msOf, type ViewSpan } from './view-span.ts'

/**
 * Parses one line of a file: of the inspect log, of the spool or of a collector. The file is untrusted, so every field
 * is checked, and a line is only ever displayed.
 */

export interface FileSpan {
  readonly span: ViewSpan
  readonly raw: RawSpan
  readonly resource: Readonly<Record<string, unknown>>
  /** Whether the span has this package's instrumentation scope; others are never sent. */
  readonly own: boolean
}

export type Line =
  | { readonly kind: 'traces'; readonly spans: readonly FileSpan[] }
  | {
      readonly kind: 'log resource'
      readonly data: unknown
      readonly attributes: Readonly<Record<string, unknown>>
      /** Undefined if the log does not say. */
      readonly rudder: boolean | undefined
    }
  | { readonly kind: 'log span'; readonly data: unknown; readonly span: ViewSpan }
  | { readonly kind: 'log event'; readonly data: TrackEvent }
  | { readonly kind: 'log removed'; readonly data: readonly Counted[] }
  | { readonly kind: 'other' }

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : [])
const textAt = (value: Json, key: string): string => (typeof value[key] === 'string' ? value[key] : '')

const statusError = 2
const hasFailed = ({ status }: Json): boolean =>
  isJson(status) && (status['code'] === statusError || status['code'] === 'STATUS_CODE_ERROR')

const viewOf = (data: Json, raw: RawSpan): ViewSpan => ({
  traceId: raw.traceId,
  spanId: raw.spanId,
  parentSpanId: raw.parentSpanId,
  name: textAt(data, 'name') || '(no name)',
  startMs: msOf(raw.startTime),
  // A span that had not ended when its line was written has no end time.
  endMs: Math.max(msOf(raw.startTime), msOf(raw.endTime)),
  failed: hasFailed(data) || raw.attributes['cq.success'] === false,
  attributes: { ...raw.attributes },
})

const spansOf = (traces: Json): FileSpan[] =>
  listOf(traces['resourceSpans']).flatMap((each) => {
    const resource = isJson(each['resource']) ? attributesOf(each['resource']['attributes']) : {}
    return listOf(each['scopeSpans']).flatMap(({ scope, spans }) => {
      const own = isJson(scope) && scope['name'] === distro.name
      return listOf(spans).map((data) => {
        const raw = rawSpan(data)
        return { span: viewOf(data, raw), raw, resource, own }
      })
    })
  })

const isEvent = (data: unknown): data is Json =>
  isJson(data) && typeof data['event'] === 'string' && isJson(data['properties'])

const isCounted = (data: unknown): data is Counted[] =>
  Array.isArray(data) &&
  data.every(
    (each) =>
      isJson(each) &&
      typeof each['what'] === 'string' &&
      typeof each['reason'] === 'string' &&
      typeof each['count'] === 'number',
  )

const logLine = ({ message, data, rudder }: Json): Line => {
  if (message === 'inspect resource' && isJson(data)) {
    const attributes = attributesOf(data['attributes'])
    return { kind: 'log resource', data, attributes, rudder: typeof rudder === 'boolean' ? rudder : undefined }
  }
  if (message === 'inspect span' && isJson(data)) return { kind: 'log span', data, span: viewOf(data, rawSpan(data)) }
  if (message === 'inspect analytics event' && isEvent(data))
    return { kind: 'log event', data: data as unknown as TrackEvent }
  if (message === 'inspect removed' && isCounted(data)) return { kind: 'log removed', data }
  return { kind: 'other' }
}

export const readLine = (line: string): Line => {
  try {
    const value: unknown = JSON.parse(line)
    if (!isJson(value)) return { kind: 'other' }
    return 'resourceSpans' in value ? { kind: 'traces', spans: spansOf(value) } : logLine(value)
  } catch {
    return { kind: 'other' }
  }
}
