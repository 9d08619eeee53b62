import type { EventName } from './row.ts'

/** A RudderStack property that the mapping computes from a span. No attribute has the same meaning. */
export interface DerivedProperty {
  readonly rudder: string
  /** The source of the value, in words, for the generated page. */
  readonly from: string
  readonly purpose: string
  readonly events: readonly EventName[]
}

const property = (rudder: string, from: string, purpose: string, ...events: EventName[]): DerivedProperty => ({
  rudder,
  from,
  purpose,
  events,
})

/**
 * The properties that the RudderStack mapping adds to those of the table: times, sums, and CloudQuery's older names.
 */
export const derivedProperties: readonly DerivedProperty[] = [
  property(
    'duration_ms',
    'start and end of the span',
    'How long the operation, or the run, took.',
    'fetch',
    'policy run',
    'operation',
    'run',
  ),
  property('fetch_id', 'trace id and span id, hashed', 'Joins the events of one fetch.', 'fetch'),
  property('fetch_resources', '`cq.resources.names`', "CloudQuery's list of names.", 'fetch'),
  property(
    'fetch_duration',
    '`cq.providers.durations_ms`',
    "CloudQuery's duration in seconds with two decimals.",
    'fetch',
  ),
  property(
    'fetch_part',
    'position',
    'The number of this event where a fetch needs several; from 1. Counts of resources add up over the parts.',
    'fetch',
  ),
  property('fetch_parts', 'position', 'How many events the fetch of the provider has.', 'fetch'),
  property('fetch_diags.total', '`cq.providers.diagnostics.by_severity.*`', 'The sum.', 'fetch'),
  property('diagnostics.total', '`cq.diagnostics.by_severity.*`', 'The sum.', 'fetch', 'policy run', 'operation'),
]
