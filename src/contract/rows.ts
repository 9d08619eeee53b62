import type { Row, SpanRow } from '../schema/row.ts'
import { resourceTable, spanTable } from '../schema/table.ts'

/** Decides by the terms of a host. */
type Condition = (terms: ReadonlySet<string>) => boolean

const has =
  (...needed: readonly string[]): Condition =>
  (terms) =>
    needed.every((term) => terms.has(term))
const identified = has('identity id')
const hashed = has('identity hashes')
const unidentified: Condition = (terms) => !identified(terms)

/** The conditions of attributes that some hosts never send, by their property in RudderStack. */
const conditions: Readonly<Record<string, Condition>> = {
  commit_id: has('sends commit'),
  build_date: has('sends buildDate'),
  cfghash: has('sends config'),
  cfgformat: has('sends configFormat'),
  project_id: has('sends project'),
  installed_providers: has('sends providers'),
  cookie_id: identified,
  random_id_persisted: identified,
  database_id: identified,
  'env.ip_addr': hashed,
  'env.mac_addr': hashed,
  'env.hostname': hashed,
  first_day: unidentified,
  first_week: unidentified,
  first_month: unidentified,
  age: unidentified,
  options: (terms) => [...terms].some((term) => term.startsWith('public options ')),
}

/** Types of spans that a collector gets only with the option `spans: 'resources'`. */
const nested: readonly string[] = ['provider', 'resource', 'policy']
const hasNested: Condition = (terms) => [...terms].some((term) => term.startsWith('spans '))

const isOnNestedAlone = (row: Row | SpanRow): boolean => 'on' in row && row.on.every((type) => nested.includes(type))

/** The attributes of the table that a host may send, or that its collector adds. */
export const rowsOf = (terms: ReadonlySet<string>): readonly (Row | SpanRow)[] =>
  [...resourceTable, ...spanTable].filter(
    (row) => (conditions[row.rudder ?? '']?.(terms) ?? true) && (hasNested(terms) || !isOnNestedAlone(row)),
  )
