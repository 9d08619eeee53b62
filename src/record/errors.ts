import { databaseError, errorCodes, errorNames, otherError, sqlStateClasses } from '../schema/errors.ts'
import { type ErrorClass, errorClasses } from '../schema/vocabulary.ts'

/** What may be said of an error: words of our own lists, never of the error's. */
export interface Classified {
  readonly type: string
  readonly errorClass: ErrorClass
  readonly sqlStateClass?: string
}

/** An error is whatever was thrown: its properties may be getters that throw. */
const textAt = (error: unknown, key: 'name' | 'code'): string | undefined => {
  try {
    const value = (error as Record<string, unknown> | null | undefined)?.[key]
    return typeof value === 'string' && value.length <= 64 ? value : undefined
  } catch {
    return undefined
  }
}

const causeOf = (error: unknown): unknown => {
  try {
    return (error as { cause?: unknown } | null | undefined)?.cause
  } catch {
    return undefined
  }
}

const userCancelled = '57014'
/** Connection exception, and invalid authorization. */
const bySqlStateClass: Readonly<Record<string, ErrorClass>> = { '08': 'connection', 28: 'auth' }

const bySqlState = (code: string | undefined): Classified | undefined => {
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || errorCodes.has(code)) return undefined
  const sqlStateClass = code.slice(0, 2)
  if (!sqlStateClasses.includes(sqlStateClass)) return undefined
  if (code === userCancelled) return { type: databaseError, errorClass: 'cancelled', sqlStateClass }
  return { type: databaseError, errorClass: bySqlStateClass[sqlStateClass] ?? 'database', sqlStateClass }
}

const byCode = (code: string | undefined): Classified | undefined => {
  if (code === undefined) return undefined
  const errorClass = errorCodes.get(code) ?? (code.startsWith('commander.') ? 'user' : undefined)
  return errorClass && { type: errorCodes.has(code) ? code : 'CommanderError', errorClass }
}

const byName = (name: string | undefined): Classified | undefined => {
  const errorClass = name === undefined ? undefined : errorNames.get(name)
  return name !== undefined && errorClass ? { type: name, errorClass } : undefined
}

const lookUp = (error: unknown): Classified | undefined => {
  const code = textAt(error, 'code')
  return byCode(code) ?? bySqlState(code) ?? byName(textAt(error, 'name'))
}

const unknownError: Classified = { type: otherError, errorClass: 'internal' }
const maxCauses = 8

/** The type of the error itself, whatever its causes are. */
export const typeOf = (error: unknown): string => (lookUp(error) ?? unknownError).type

/** Follows the causes until one is known for more than being an error of the tool. */
const builtIn = (error: unknown): Classified => {
  const first = lookUp(error)
  let current: unknown = error
  for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth++) {
    const found = lookUp(current)
    if (found && found.errorClass !== 'internal') return found
    current = causeOf(current)
  }
  return first ?? unknownError
}

/** The host's word on whose affair an error is goes before the table's. A classifier that throws, or says
 * a word of its own, has said nothing. */
export const classify = (error: unknown, byHost?: (error: unknown) => ErrorClass | undefined): Classified => {
  const found = builtIn(error)
  try {
    const errorClass = byHost?.(error)
    return errorClass && errorClasses.includes(errorClass) ? { ...found, errorClass } : found
  } catch {
    return found
  }
}
