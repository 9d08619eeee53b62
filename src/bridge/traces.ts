import { distro } from '../schema/distro.ts'
import { type RawResourceSpans, rawTraces } from '../otlp/decode.ts'

/** The spans of a request. Only those of cq-telemetry that become track events are decoded; the others are counted. */
export interface Traces {
  /** Spans that become track events. */
  readonly traces: readonly RawResourceSpans[]
  /** Number of all spans in the request. */
  readonly spans: number
  /** Number of cq-telemetry's spans that have no events of their own. */
  readonly withoutEvents: number
}

/** These spans become no track events: the event of their operation has their sums. */
export const typesWithoutEvents: readonly string[] = ['provider', 'resource', 'policy']

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isWithoutEvents = (span: unknown): boolean =>
  isObject(span) &&
  listOf(span['attributes']).some((each) => {
    if (!isObject(each) || each['key'] !== 'cq.span.type' || !isObject(each['value'])) return false
    return typesWithoutEvents.includes(String(each['value']['stringValue']))
  })

/** Throws if the text is not a JSON object. */
export const fromJson = (text: string): Traces => {
  const traces: unknown = JSON.parse(text)
  if (!isObject(traces) || Array.isArray(traces)) throw new TypeError('no TracesData')
  let spans = 0
  let withoutEvents = 0
  const scopes = listOf(traces['resourceSpans']).flatMap((each) => (isObject(each) ? listOf(each['scopeSpans']) : []))
  for (const scope of scopes.filter(isObject)) {
    const all = listOf(scope['spans'])
    spans += all.length
    if (!isObject(scope['scope']) || scope['scope']['name'] !== distro.name) continue
    scope['spans'] = all.filter((span) => !isWithoutEvents(span))
    withoutEvents += all.length - listOf(scope['spans']).length
  }
  return { traces: rawTraces(traces), spans, withoutEvents }
}
