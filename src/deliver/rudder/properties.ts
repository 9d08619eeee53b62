import { customPrefix } from '../../schema/custom.ts'
import type { SafeAttributes } from '../../schema/sanitize.ts'
import type { EventName, Row } from '../../schema/row.ts'
import { table } from '../../schema/table.ts'
import type { Properties, Property } from './event.ts'

/** Names of a property and of the objects that it is in, the outermost first. */
type Path = readonly string[]

const assign = (properties: Properties, path: Path, value: Property): void => {
  let target = properties
  for (const key of path.slice(0, -1)) target = (target[key] ??= {}) as Properties
  target[path.at(-1) as string] = value
}

type Place = 'resource' | 'span'

/** An attribute and the property that it becomes. */
interface Field {
  readonly key: string
  /** Split at the dots of the table's name for it. */
  readonly path: Path
}

const known = new Map<string, readonly Field[]>()

const findFields = (place: Place, event: EventName, per: Row['per']): readonly Field[] =>
  table
    .filter(
      (row) => (row.on === 'resource') === (place === 'resource') && row.events.includes(event) && row.per === per,
    )
    .flatMap(({ key, rudder }) => (rudder === null ? [] : [{ key, path: rudder.split('.') }]))

/** Looked for once: a bridge asks for each event. */
const fieldsOf = (place: Place, event: EventName, per?: Row['per']): readonly Field[] => {
  const id = `${place} ${event} ${per ?? ''}`
  const fields = known.get(id) ?? findFields(place, event, per)
  known.set(id, fields)
  return fields
}

/** The plain values of the resource and of the span, under Rudder's names. */
export const plainProperties = (event: EventName, resource: SafeAttributes, span: SafeAttributes): Properties => {
  const properties: Properties = {}
  const fill = (fields: readonly Field[], attributes: SafeAttributes) => {
    for (const { key, path } of fields) {
      const value = attributes[key]
      if (value !== undefined) assign(properties, path, value)
    }
  }
  fill(fieldsOf('resource', event), resource)
  fill(fieldsOf('span', event), span)
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
  for (const { key, path } of fieldsOf('span', event, per)) {
    const value = (span[key] as readonly Property[] | undefined)?.[index]
    if (value !== undefined) assign(properties, path, value)
  }
  return properties
}

const statFields = findFields('span', 'fetch', 'resource').map(({ key, path }) => ({
  key,
  name: path.at(-1) as string,
}))

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
  const lists = statFields.map(({ key, name }) => [name, (span[key] ?? []) as readonly Property[]] as const)
  const length = Math.min(...lists.map(([, list]) => list.length))
  const stats: ResourceStat[] = []
  for (const [index, owner] of owners.entries()) {
    if (owner !== provider || index >= length) continue
    const stat: Record<string, Property> = {}
    for (const [name, list] of lists) stat[name] = list[index] as Property
    stats.push(stat as ResourceStat)
  }
  return stats
}

/** What the host has declared, as an object of its own: its names cannot take the place of ours. */
export const withCustom = (properties: Properties, span: SafeAttributes): void => {
  for (const [key, value] of Object.entries(span)) {
    if (key.startsWith(customPrefix)) assign(properties, ['custom', key.slice(customPrefix.length)], value)
  }
}

/** Adds CloudQuery's sum to the counts of diagnostics, and makes the object where there were none. */
export const withTotal = (properties: Properties, path: 'diagnostics' | 'fetch_diags'): void => {
  const counts = (properties[path] ?? {}) as { by_severity?: Record<string, number> }
  const total = Object.values(counts.by_severity ?? {}).reduce((sum, count) => sum + count, 0)
  properties[path] = { total, ...(counts as Properties) }
}
