import { customPrefix, type CustomRule } from './custom.ts'
import type { Publicize } from './names.ts'
import type { RawSpan } from './sanitize.ts'
import { type RawAttributes, sanitizeValue } from './sanitize-value.ts'
import { table, rowsOn } from './table.ts'
import { type SpanType, spanTypes } from './vocabulary.ts'

/**
 * Something that was left out of a span, and the reason. Neither text quotes the removed value, which may be a secret.
 */
export interface Removal {
  readonly what: string
  readonly reason: string
}

/** Keys that instrumentation libraries set. Any other key is hidden, since it may have been built from data. */
const knownKeys: ReadonlySet<string> = new Set(
  [
    'exception.message exception.stacktrace url.full url.path url.query http.url http.target http.route http.method',
    'http.request.method http.response.status_code http.status_code server.address server.port client.address',
    'net.peer.name net.peer.ip net.peer.port network.peer.address network.peer.port network.transport',
    'db.statement db.query.text db.name db.namespace db.user db.connection_string db.operation.name db.collection.name',
    'user.id user.name user.email enduser.id session.id host.name host.id host.ip host.mac process.command',
    'process.command_args process.command_line process.executable.name process.executable.path process.owner',
    'process.pid process.working_directory code.function.name code.file.path file.path log.message',
  ].flatMap((line) => line.split(' ')),
)
const tableKeys: ReadonlySet<string> = new Set(table.map(({ key }) => key))

const otherKey = '(another attribute)'
const customKey = '(a custom attribute)'

const displayedKey = (key: string): string => (tableKeys.has(key) || knownKeys.has(key) ? key : otherKey)

export const notPublic = 'the name is not public'

const attributeRemoval = (
  type: SpanType,
  [key, value]: readonly [string, unknown],
  raw: RawAttributes,
  publicize: Publicize,
  custom: CustomRule,
): Removal | undefined => {
  if (value === undefined || value === null) return undefined
  if (type === 'operation' && key.startsWith(customPrefix)) {
    const kept = custom(key.slice(customPrefix.length), value) !== undefined
    return kept ? undefined : { what: customKey, reason: 'it is not declared, or not with this value' }
  }
  const row = rowsOn(type).get(key)
  if (!row) {
    const reason = tableKeys.has(key) ? `a span of type ${type} has no such attribute` : 'it is not in the table'
    return { what: displayedKey(key), reason }
  }
  const kept = sanitizeValue(row, value, raw, publicize)
  if (kept === undefined) return { what: key, reason: `the value is not: ${row.shape.text}` }
  return row.shape.name && JSON.stringify(kept) !== JSON.stringify(value) ? { what: key, reason: notPublic } : undefined
}

/** Lists what `sanitizeSpan` leaves out of a span or replaces with `private`. */
export const removalsFrom = (raw: RawSpan, publicize: Publicize, custom: CustomRule): Removal[] => {
  const type = spanTypes.find((each) => each === raw.attributes['cq.span.type'])
  if (!type) return [{ what: '(a whole span)', reason: 'it has no cq.span.type' }]
  return Object.entries(raw.attributes).flatMap(
    (entry) => attributeRemoval(type, entry, raw.attributes, publicize, custom) ?? [],
  )
}
