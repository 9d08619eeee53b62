import { customPrefix } from '../../schema/custom.ts'
import type { SafeAttributes } from '../../schema/sanitize.ts'
import { type EventName, type Row, table } from '../../schema/table.ts'
import type { Properties, Property } from './event.ts'

/** Sets a property; dots in its path are nested objects. */
const assign = (properties: Properties, path: string, value: Property): void => {
  const keys = path.split('.')
  const last = keys.pop() as string
  let target = properties
  for (const key of keys) target = (target[key] ??= {}) as Properties
  target[last] = value
}

const rowsWith = (rows: readonly Row[], event: EventName, per: Row['per']) =>
  rows.filter((row) => row.events.includes(event) && row.per === per)

const resourceRows = table.filter((row) => row.on === 'resource')
const spanRows = table.filter((row) => row.on !== 'resource')

/** The plain values of the resource and of the span, under Rudder's names. */
export const plainProperties = (event: EventName, resource: SafeAttributes, span: SafeAttributes): Properties => {
  const properties: Properties = {}
  const fill = (rows: readonly Row[], attributes: SafeAttributes) => {
    for (const { key, rudder } of rows) {
      const value = attributes[key]
      if (rudder !== null && value !== undefined) assign(properties, rudder, value)
    }
  }
  fill(rowsWith(resourceRows, event, undefined), resource)
  fill(rowsWith(spanRows, event, undefined), span)
  return properties
}

/** The values of one member of the lists for each provider, or policy, at an index. */
export const memberProperties = (
  event: EventName,
  per: 'provider' | 'policy',
  span: SafeAttributes,
  index: number,
): Properties => {
  const properties: Properties = {}
  for (const { key, rudder } of rowsWith(spanRows, event, per)) {
    const value = (span[key] as readonly Property[] | undefined)?.[index]
    if (rudder !== null && value !== undefined) assign(properties, rudder, value)
  }
  return properties
}

const statRows = rowsWith(spanRows, 'fetch', 'resource')

export interface ResourceStat extends Record<string, Property> {
  name: string
  count: number
  fetches: number
  duration_ms: number
  errors: number
}

/** The resources of one provider: an object for each, as an array (a map by name would become columns by name). */
export const resourceStats = (span: SafeAttributes, provider: number): ResourceStat[] => {
  const owners = (span['cq.resources.providers'] ?? []) as readonly number[]
  return owners.flatMap((owner, index) => {
    if (owner !== provider) return []
    const stat = statRows.map(({ key, rudder }) => [
      String(rudder).replace('fetch_resource_stats[].', ''),
      (span[key] as readonly Property[] | undefined)?.[index],
    ])
    return stat.every(([, value]) => value !== undefined) ? [Object.fromEntries(stat) as ResourceStat] : []
  })
}

/** What the host has declared, as an object of its own: its names cannot take the place of ours. */
export const withCustom = (properties: Properties, span: SafeAttributes): void => {
  for (const [key, value] of Object.entries(span)) {
    if (key.startsWith(customPrefix)) assign(properties, `custom.${key.slice(customPrefix.length)}`, value)
  }
}

/** Adds CloudQuery's sum to the counts of diagnostics, and makes the object where there were none. */
export const withTotal = (properties: Properties, path: 'diagnostics' | 'fetch_diags'): void => {
  const counts = (properties[path] ?? {}) as { by_severity?: Record<string, number> }
  const total = Object.values(counts.by_severity ?? {}).reduce((sum, count) => sum + count, 0)
  properties[path] = { total, ...(counts as Properties) }
}
