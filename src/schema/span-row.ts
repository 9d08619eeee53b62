import type { EventName, SpanRow } from './row.ts'
import { integer, type Shape, unknownVersion, version } from './shapes.ts'
import type { SpanType } from './vocabulary.ts'

export const operationEvents: readonly EventName[] = ['fetch', 'policy run', 'operation']

export const count = integer('count')

export const versionOrUnknown: Shape = {
  ...version(),
  text: 'version number or `unknown`',
  pattern: () => `${unknownVersion}|${version().pattern?.()}`,
  accepts: (value) => value === unknownVersion || version().accepts(value),
}

/** A row of the table for an attribute of these spans. */
export const spanRow = (
  on: readonly SpanType[],
  events: readonly EventName[],
  [key, rudder, shape, purpose]: readonly [string, string | null, Shape, string],
  per?: SpanRow['per'],
): SpanRow => ({ key, rudder, on, shape, purpose, since: '0.1.0', source: 'client', events, ...(per && { per }) })
