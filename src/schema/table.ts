import type { Row } from './row.ts'
import { collectorRows } from './table-collector.ts'
import { resourceRows } from './table-resource.ts'
import { spanRows } from './table-spans.ts'
import { sumRows } from './table-sums.ts'
import type { SpanType } from './vocabulary.ts'

/**
 * Every attribute that may leave the machine. The sanitizer, the docs and the collector's allow-list are made from it.
 */
export const table: readonly Row[] = [...resourceRows, ...spanRows, ...sumRows, ...collectorRows]

const byPlace = new Map<string, Map<string, Row>>()
for (const row of table) {
  for (const place of row.on === 'resource' ? ['resource'] : row.on) {
    const rows = byPlace.get(place) ?? new Map<string, Row>()
    byPlace.set(place, rows.set(row.key, row))
  }
}

/** The attributes that a span of this type, or the resource, may carry, by key. */
export const rowsOn = (place: 'resource' | SpanType): ReadonlyMap<string, Row> => byPlace.get(place) ?? new Map()
