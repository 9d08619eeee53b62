import { derivedProperties } from '../schema/derived.ts'
import { table } from '../schema/table.ts'
import type { ViewRun } from './runs.ts'

/** The data of the HTML page, embedded in it as JSON. */
export interface PageData {
  readonly source: string
  /** Time of creation in ISO 8601. */
  readonly made: string
  /** At least one. */
  readonly runs: readonly ViewRun[]
  /** What happens to the runs that are not from an inspect log, e.g. `waits to be sent`; empty if it is not known. */
  readonly verdict: string
  /** Purpose of each attribute, from the schema. */
  readonly purposes: Readonly<Record<string, string>>
  /** Purpose of each property of a track event. */
  readonly properties: Readonly<Record<string, string>>
}

const purposes = Object.fromEntries(table.map(({ key, purpose }) => [key, purpose]))

const properties = Object.fromEntries([
  ...table.flatMap(({ rudder, purpose }) => (rudder === null ? [] : [[rudder, purpose] as const])),
  ...derivedProperties.map(({ rudder, purpose }) => [rudder, purpose] as const),
])

export const pageData = (runs: readonly ViewRun[], source: string, verdict: string, made: Date): PageData => ({
  source,
  verdict,
  made: made.toISOString(),
  runs,
  purposes,
  properties,
})
