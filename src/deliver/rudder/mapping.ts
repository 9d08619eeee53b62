import type { SanitizedResource, SanitizedSpan } from '../../schema/sanitize.ts'
import type { EventName } from '../../schema/row.ts'
import type { SpanType } from '../../schema/vocabulary.ts'
import { idOf, maxEventBytes, type Properties, type TrackEvent, trackEvent } from './event.ts'
import {
  memberProperties,
  plainProperties,
  type ResourceStat,
  resourceStats,
  withCustom,
  withTotal,
} from './properties.ts'

export interface MappingOptions {
  /** Adds CloudQuery's `fetch_resources_durations`, a map by resource name. Rudder makes a column of each name. */
  readonly resourcesDurations?: boolean
}

const elapsedMs = ({ startTime, endTime }: SanitizedSpan): number =>
  Math.max(0, Math.round((endTime[0] - startTime[0]) * 1e3 + (endTime[1] - startTime[1]) / 1e6))

/** Types of spans whose events have no duration. */
const timeless: readonly SpanType[] = ['crash', 'delivery', 'forget']

const common = (span: SanitizedSpan, resource: SanitizedResource, event: EventName): Properties => {
  const properties = plainProperties(event, resource.attributes, span.attributes)
  // The end of a killed operation is unknown.
  if (span.attributes['cq.aborted'] !== true && !timeless.includes(span.type))
    properties['duration_ms'] = elapsedMs(span)
  if (span.type === 'operation') {
    withTotal(properties, 'diagnostics')
    withCustom(properties, span.attributes)
  }
  return properties
}

/** Types of spans whose event has the same name. */
const singles = ['run', 'crash', 'delivery', 'forget'] as const
type Single = (typeof singles)[number]

const single = (event: 'operation' | Single) => (span: SanitizedSpan, resource: SanitizedResource) => [
  trackEvent(span, resource, event, event, common(span, resource, event)),
]

const policyEvents = (span: SanitizedSpan, resource: SanitizedResource, count: number): TrackEvent[] =>
  Array.from({ length: count }, (_, index) =>
    trackEvent(span, resource, 'policy run', `policy:${index}`, {
      ...common(span, resource, 'policy run'),
      ...memberProperties('policy run', 'policy', span.attributes, index),
    }),
  )

const seconds = (ms: number): number => Math.round(ms / 10) / 100
const sumOf = (stats: readonly ResourceStat[], key: 'count' | 'fetches' | 'errors'): number =>
  stats.reduce((sum, stat) => sum + stat[key], 0)

/** The most bytes that one resource takes in an event: a name of 64 characters up to three times, and five numbers. */
const maxStatBytes = 400
/** Bytes that every event has left for its resources. The longest other list, the installed providers, takes 11,300. */
const alwaysFree = 12_000

/**
 * Splits resources over as many events as their size needs. `roomOf` returns the bytes that an event has left for them.
 */
const cut = (stats: readonly ResourceStat[], roomOf: () => number): ResourceStat[][] => {
  if (stats.length * maxStatBytes <= alwaysFree) return [[...stats]]
  const room = roomOf()
  const parts: ResourceStat[][] = [[]]
  let used = 0
  for (const stat of stats) {
    // The name also appears in `fetch_resources`, and perhaps in `fetch_resources_durations`.
    const bytes = JSON.stringify(stat).length + 2 * stat.name.length + 24
    if (used + bytes > room && used > 0) {
      parts.push([])
      used = 0
    }
    parts.at(-1)?.push(stat)
    used += bytes
  }
  return parts
}

/** Sums that are split over the parts of a fetch. The first part contains what belongs to no resource. */
const sums = [
  ['fetch_total_resources_count', 'count'],
  ['fetch_total_fetches', 'fetches'],
  ['fetch_errors', 'errors'],
] as const

const part = (base: Properties, stats: readonly ResourceStat[], rest: readonly ResourceStat[], first: boolean) => {
  const properties: Properties = { ...base }
  for (const [property, key] of sums) {
    properties[property] = first ? Number(base[property] ?? 0) - sumOf(rest, key) : sumOf(stats, key)
  }
  if (!first) delete properties['fetch_diags']
  properties['fetch_resources'] = stats.map(({ name }) => name)
  properties['fetch_resource_stats'] = stats
  return properties
}

const durations = (stats: readonly ResourceStat[]): Properties =>
  Object.fromEntries(stats.map(({ name, duration_ms }) => [name, seconds(duration_ms)]))

const providerEvents = (
  span: SanitizedSpan,
  resource: SanitizedResource,
  index: number,
  options: MappingOptions,
): TrackEvent[] => {
  const base: Properties = {
    ...common(span, resource, 'fetch'),
    ...memberProperties('fetch', 'provider', span.attributes, index),
    fetch_id: idOf(span, 'fetch'),
  }
  base['fetch_duration'] = seconds(Number(base['fetch_duration_ms'] ?? 0))
  withTotal(base, 'fetch_diags')
  const stats = resourceStats(span.attributes, index)
  const frame = () => JSON.stringify(trackEvent(span, resource, 'fetch', '', base)).length + 256
  const parts = cut(stats, () => maxEventBytes - frame())
  const rest = parts.slice(1).flat()
  return parts.map((mine, number) => {
    const properties = part(base, mine, rest, number === 0)
    properties['fetch_part'] = number + 1
    properties['fetch_parts'] = parts.length
    if (options.resourcesDurations) properties['fetch_resources_durations'] = durations(mine)
    return trackEvent(span, resource, 'fetch', `fetch:${index}:${number}`, properties)
  })
}

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0)

const operationEvents = (span: SanitizedSpan, resource: SanitizedResource, options: MappingOptions): TrackEvent[] => {
  const providers = lengthOf(span.attributes['cq.providers.names'])
  const policies = lengthOf(span.attributes['cq.policies.names'])
  if (providers + policies === 0) return single('operation')(span, resource)
  const fetches = Array.from({ length: providers }, (_, index) => providerEvents(span, resource, index, options)).flat()
  return [...fetches, ...policyEvents(span, resource, policies)]
}

/**
 * Maps a span to its track calls: `fetch` for each provider of an operation, `policy run` for each policy, `operation`
 * for an operation without either, `run` for the whole run, `crash` for a crash report, `delivery` for lost events, and
 * `forget` for a request to delete what was received. Spans of providers, resources and policies have no event of their
 * own, since they are in the sums of their operation.
 */
export const trackEvents = (
  span: SanitizedSpan,
  resource: SanitizedResource,
  options: MappingOptions = {},
): TrackEvent[] => {
  const event = singles.find((each) => each === span.type)
  if (event) return single(event)(span, resource)
  return span.type === 'operation' ? operationEvents(span, resource, options) : []
}
