import { distro } from '../schema/distro.ts'
import { type RawResourceSpans, rawTraces } from '../otlp/decode.ts'

/** A request's spans, as far as they are looked at. */
export interface Traces {
  /** Those of ours that have events. */
  readonly traces: readonly RawResourceSpans[]
  /** All of the request. */
  readonly spans: number
  /** Of ours, those that were left out since they have no events of their own. */
  readonly withoutEvents: number
}

/** They are in their operation's sums. */
export const typesWithoutEvents: readonly string[] = ['provider', 'resource', 'policy']

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isWithoutEvents = (span: unknown): boolean =>
  isObject(span) &&
  listOf(span['attributes']).some((each) => {
    if (!isObject(each) || each['key'] !== 'cq.span.type' || !isObject(each['value'])) return false
    return typesWithoutEvents.includes(String(each['value']['stringValue']))
  })

/** Takes what is left out from its place. Throws for JSON that is no object. */
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
