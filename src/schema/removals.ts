import { customPrefix, type CustomRule } from './custom.ts'
import type { Publicize } from './names.ts'
import type { Row } from './row.ts'
import { type RawSpan, spanTypeOf } from './sanitize.ts'
import { type RawAttributes, sanitizeValue } from './sanitize-value.ts'
import { rowsOfResource, rowsOfSpan, table } from './table.ts'

/**
 * A value that was left out of a span, and the reason. Neither text quotes the removed value, which may be a secret.
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

type Attribute = readonly [key: string, value: unknown]

const customRemoval = ([key, value]: Attribute, custom: CustomRule): Removal | undefined =>
  custom(key.slice(customPrefix.length), value) === undefined
    ? { what: customKey, reason: 'it is not declared, or not with this value' }
    : undefined

/** A span or a resource: the attributes that it may have, and its name in a reason. */
interface Carrier {
  readonly rows: ReadonlyMap<string, Row>
  readonly called: string
}

const tableRemoval = (
  { rows, called }: Carrier,
  [key, value]: Attribute,
  raw: RawAttributes,
  publicize: Publicize,
): Removal | undefined => {
  const row = rows.get(key)
  if (!row) {
    return {
      what: displayedKey(key),
      reason: tableKeys.has(key) ? `${called} has no such attribute` : 'it is not in the table',
    }
  }
  const kept = sanitizeValue(row, value, raw, publicize)
  if (kept === undefined) return { what: key, reason: `the value is not: ${row.shape.text}` }
  const isWhole = row.shape.set
    ? (value as readonly unknown[]).every((each) => (kept as readonly unknown[]).includes(each))
    : JSON.stringify(kept) === JSON.stringify(value)
  return row.shape.name && !isWhole ? { what: key, reason: notPublic } : undefined
}

const withValue = (attributes: RawAttributes): Attribute[] =>
  Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null)

/** The removal of a whole span. */
export const wholeSpan = (reason: string): Removal => ({ what: '(a whole span)', reason })

/** Lists what `sanitizeSpan` leaves out of a span or replaces with `private`. */
export const removalsFrom = (raw: RawSpan, publicize: Publicize, custom: CustomRule): Removal[] => {
  const type = spanTypeOf(raw.attributes)
  if (!type) return [wholeSpan('it has no cq.span.type of the table')]
  const carrier = { rows: rowsOfSpan(type), called: `a span of type ${type}` }
  return withValue(raw.attributes).flatMap((attribute) => {
    const isCustom = type === 'operation' && attribute[0].startsWith(customPrefix)
    return (
      (isCustom ? customRemoval(attribute, custom) : tableRemoval(carrier, attribute, raw.attributes, publicize)) ?? []
    )
  })
}

const theResource: Carrier = { rows: rowsOfResource, called: 'the resource' }

/** Lists what `sanitizeResource` leaves out of a client's resource or replaces with `private`. */
export const resourceRemovals = (attributes: RawAttributes, publicize: Publicize): Removal[] =>
  withValue(attributes).flatMap((attribute) => {
    const [key] = attribute
    if (rowsOfResource.get(key)?.source === 'collector') return { what: key, reason: 'only a collector may set it' }
    return tableRemoval(theResource, attribute, attributes, publicize) ?? []
  })
