import type { Shape } from './shapes.ts'
import type { UnitType } from './vocabulary.ts'

/** Rudder's events. Few and fixed: each becomes a table in a warehouse. */
export const eventNames = ['fetch', 'policy run', 'operation', 'run', 'crash', 'delivery'] as const
export type EventName = (typeof eventNames)[number]

/** One attribute that may leave the machine. */
export interface Row {
  /** The OpenTelemetry attribute. */
  readonly key: string
  /** Rudder's property, with dots where it is nested; null where OTLP alone carries it. */
  readonly rudder: string | null
  /** The spans that carry it, or the resource. */
  readonly on: 'resource' | readonly UnitType[]
  readonly shape: Shape
  /** What it is collected for. */
  readonly purpose: string
  readonly since: string
  /** Who may set it; what a client sends under a collector's key is discarded. */
  readonly source: 'client' | 'collector'
  /** The Rudder events that carry it. */
  readonly events: readonly EventName[]
  /** A list with a member for each of these. */
  readonly per?: 'provider' | 'resource' | 'policy'
}
