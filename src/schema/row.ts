import type { Shape } from './shapes.ts'
import type { SpanType } from './vocabulary.ts'

/** The names of RudderStack events. They are few and fixed, since each becomes a table in the warehouse. */
export const eventNames = ['fetch', 'policy run', 'operation', 'run', 'crash', 'delivery', 'forget'] as const
export type EventName = (typeof eventNames)[number]

/** One attribute of a resource or of a span that may be sent. */
export interface Row {
  /** Key of the OpenTelemetry attribute. */
  readonly key: string
  /** The RudderStack property, with dots for nesting; null if only OTLP carries the value. */
  readonly rudder: string | null
  readonly shape: Shape
  /** The reason for collecting it, for the generated page. */
  readonly purpose: string
  /** The version of this package that introduced it. */
  readonly since: string
  /** The only party that may set it. A key of the collector is discarded if a client sends it. */
  readonly source: 'client' | 'collector'
  /** The RudderStack events that carry it. */
  readonly events: readonly EventName[]
  /** For a list: it has one member for each provider, resource or policy of the operation. */
  readonly per?: 'provider' | 'resource' | 'policy'
}

/** An attribute of spans. */
export interface SpanRow extends Row {
  /** The types of span that carry it. */
  readonly on: readonly SpanType[]
}
