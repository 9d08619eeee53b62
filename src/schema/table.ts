import type { Row, SpanRow } from './row.ts'
import { collectorRows } from './table-collector.ts'
import { resourceRows } from './table-resource.ts'
import { spanRows } from './table-spans.ts'
import { sumRows } from './table-sums.ts'
import { type SpanType, spanTypes } from './vocabulary.ts'

/** Every attribute that a span may carry. */
export const spanTable: readonly SpanRow[] = [...spanRows, ...sumRows]

/**
 * Every attribute that the resource may carry. The resource describes the program and is the same for all spans of a
 * run.
 */
export const resourceTable: readonly Row[] = [...resourceRows, ...collectorRows]

/**
 * Every attribute that may leave the machine. The sanitizer, the docs and the collector's allow-list are made from it.
 */
export const table: readonly Row[] = [...resourceRows, ...spanTable, ...collectorRows]

type RowsByKey = ReadonlyMap<string, Row>

const byKey = (rows: readonly Row[]): RowsByKey => new Map(rows.map((row) => [row.key, row]))

const byType = Object.fromEntries(
  spanTypes.map((type) => [type, byKey(spanTable.filter(({ on }) => on.includes(type)))]),
) as Record<SpanType, RowsByKey>

/** The attributes that a span of this type may carry, by key. */
export const rowsOfSpan = (type: SpanType): RowsByKey => byType[type]

/** The attributes that the resource may carry, by key. */
export const rowsOfResource: RowsByKey = byKey(resourceTable)
