import { customPrefix } from '../../schema/custom.ts'
import type { SafeAttributes } from '../../schema/sanitize.ts'
import type { EventName, Row } from '../../schema/row.ts'
import { resourceTable, spanTable } from '../../schema/table.ts'
import type { Properties, Property } from './event.ts'

/** The names of the objects that contain a property, outermost first, followed by its own name. */
type Path = readonly string[]

const assign = (properties: Properties, path: Path, value: Property): void => {
  let target = properties
  for (const key of path.slice(0, -1)) target = (target[key] ??= {}) as Properties
  target[path.at(-1) as string] = value
}

const tables = { resource: resourceTable, span: spanTable }
type Table = keyof typeof tables

/** An attribute and the property that it becomes. */
interface Field {
  readonly key: string
  /** Made from the property's name in the table, which has dots if the property is nested. */
  readonly path: Path
}

const known = new Map<string, readonly Field[]>()

const findFields = (table: Table, event: EventName, per: Row['per']): readonly Field[] =>
  tables[table]
    .filter((row) => row.events.includes(event) && row.per === per)
    .flatMap(({ key, rudder }) => (rudder === null ? [] : [{ key, path: rudder.split('.') }]))

/** The fields of an event, cached because a bridge needs them for every event. */
const fieldsOf = (table: Table, event: EventName, per?: Row['per']): readonly Field[] => {
  const id = `${table} ${event} ${per ?? ''}`
  const fields = known.get(id) ?? findFields(table, event, per)
  known.set(id, fields)
  return fields
}

/** The single values of the resource and of the span, by the names of their Rudder properties. */
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

/** The values of one provider or policy, which are at this index in the operation's lists. */
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

/**
 * The resources of one provider. They are an array of objects, since RudderStack would make a column of each name in a
 * map.
 */
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

/** Adds the host's own attributes as an object `custom`, so that their names cannot replace ours. */
export const withCustom = (properties: Properties, span: SafeAttributes): void => {
  for (const [key, value] of Object.entries(span)) {
    if (key.startsWith(customPrefix)) assign(properties, ['custom', key.slice(customPrefix.length)], value)
  }
}

/** Adds the total that CloudQuery's events have beside the counts of diagnostics, even if there are none. */
export const withTotal = (properties: Properties, path: 'diagnostics' | 'fetch_diags'): void => {
  const counts = (properties[path] ?? {}) as { by_severity?: Record<string, number> }
  const total = Object.values(counts.by_severity ?? {}).reduce((sum, count) => sum + count, 0)
  properties[path] = { total, ...(counts as Properties) }
}
