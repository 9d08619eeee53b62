import { customPrefix, type CustomRule } from './custom.ts'
import type { Publicize } from './names.ts'
import { type RawSpan, safeValue, unitTypeOf } from './sanitize.ts'
import { table, rowsOn } from './table.ts'
import type { UnitType } from './vocabulary.ts'

/** What did not leave, and why: in words of our own alone, for what was removed may be anything. */
export interface Removal {
  readonly what: string
  readonly reason: string
}

/** Keys that instrumentation is known to set. Another key is not shown: it may have been made of data. */
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

const shown = (key: string): string => (tableKeys.has(key) || knownKeys.has(key) ? key : otherKey)

export const notPublic = 'the name is not public'

type Attributes = RawSpan['attributes']
type Attribute = readonly [key: string, value: unknown]

const customRemoval = ([key, value]: Attribute, custom: CustomRule): Removal | undefined =>
  custom(key.slice(customPrefix.length), value) === undefined
    ? { what: customKey, reason: 'it is not declared, or not with this value' }
    : undefined

const tableRemoval = (
  place: 'resource' | UnitType,
  [key, value]: Attribute,
  raw: Attributes,
  publicize: Publicize,
): Removal | undefined => {
  const row = rowsOn(place).get(key)
  if (!row) {
    const carrier = place === 'resource' ? 'the resource' : `a span of type ${place}`
    return {
      what: shown(key),
      reason: tableKeys.has(key) ? `${carrier} has no such attribute` : 'it is not in the table',
    }
  }
  const kept = safeValue(row, value, raw, publicize)
  if (kept === undefined) return { what: key, reason: `the value is not: ${row.shape.text}` }
  return row.shape.name && JSON.stringify(kept) !== JSON.stringify(value) ? { what: key, reason: notPublic } : undefined
}

const valued = (attributes: Attributes): Attribute[] =>
  Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null)

/** A span that does not leave at all. */
export const wholeSpan = (reason: string): Removal => ({ what: '(a whole span)', reason })

/** What `sanitizeSpan` leaves out of a span, or puts `private` in the place of. */
export const removalsFrom = (raw: RawSpan, publicize: Publicize, custom: CustomRule): Removal[] => {
  const type = unitTypeOf(raw.attributes)
  if (!type) return [wholeSpan('it has no cq.span.type of the table')]
  return valued(raw.attributes).flatMap((attribute) => {
    const isCustom = type === 'operation' && attribute[0].startsWith(customPrefix)
    return (
      (isCustom ? customRemoval(attribute, custom) : tableRemoval(type, attribute, raw.attributes, publicize)) ?? []
    )
  })
}

/** What `sanitizeResource` leaves out of a client's resource. */
export const resourceRemovals = (attributes: Attributes, publicize: Publicize): Removal[] =>
  valued(attributes).flatMap((attribute) => {
    const [key] = attribute
    if (rowsOn('resource').get(key)?.source === 'collector') return { what: key, reason: 'only a collector may set it' }
    return tableRemoval('resource', attribute, attributes, publicize) ?? []
  })
