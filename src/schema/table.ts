import type { Row } from './row.ts'
import { collectorRows } from './table-collector.ts'
import { resourceRows } from './table-resource.ts'
import { spanRows } from './table-spans.ts'
import type { UnitType } from './vocabulary.ts'

/** Everything that may leave the machine. Types, sanitizer, pages and the collector's allow-list come from it. */
export const table: readonly Row[] = [...resourceRows, ...spanRows, ...collectorRows]

const byPlace = new Map<string, Map<string, Row>>()
for (const row of table) {
  for (const place of row.on === 'resource' ? ['resource'] : row.on) {
    const rows = byPlace.get(place) ?? new Map<string, Row>()
    byPlace.set(place, rows.set(row.key, row))
  }
}

/** The rows by key that a span of this type, or the resource, may carry. */
export const rowsOn = (place: 'resource' | UnitType): ReadonlyMap<string, Row> => byPlace.get(place) ?? new Map()
