import type { Attributes } from '@opentelemetry/api'
import { databaseError, errorCodes, errorNames, otherError, sqlStateClasses } from '../schema/errors.ts'
import { type ErrorClass, errorClasses } from '../schema/vocabulary.ts'
import { isOfClosedOutput } from './closed-output.ts'

/** What is recorded of an error: words from our own lists, never text of the error. */
export interface Classified {
  readonly type: string
  /** Undefined if no error is known, so that nothing says who caused it. */
  readonly errorClass: ErrorClass | undefined
  readonly sqlStateClass?: string
}

/** Stands for the error of an operation that failed without a known error, for instance by the exit code alone. */
export const noError: unique symbol = Symbol('no error is known')

/** Any value can be thrown, and its properties may be getters that throw. */
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
/** SQLSTATE classes 08 (connection exception) and 28 (invalid authorization). */
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
  if (isOfClosedOutput(error))
    return { type: errorCodes.has(code ?? '') ? (code ?? '') : otherError, errorClass: 'cancelled' }
  return byCode(code) ?? bySqlState(code) ?? byName(textAt(error, 'name'))
}

const unknownError: Classified = { type: otherError, errorClass: 'internal' }
const maxCauses = 8

/** The type of the error itself; its causes are not considered. */
export const typeOf = (error: unknown): string => (lookUp(error) ?? unknownError).type

/**
 * Classifies by the tables: the first error in the chain of causes that is not a fault of the tool decides the class.
 */
const classifyByTables = (error: unknown): Classified => {
  const first = lookUp(error)
  let current: unknown = error
  for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth++) {
    const found = lookUp(current)
    if (found && found.errorClass !== 'internal') return found
    current = causeOf(current)
  }
  return first ?? unknownError
}

/** The host's classifier overrides the tables. It is ignored if it throws or returns an unknown class. */
export const classify = (error: unknown, classifyByHost?: (error: unknown) => ErrorClass | undefined): Classified => {
  if (error === noError) return { type: otherError, errorClass: undefined }
  const found = classifyByTables(error)
  try {
    const errorClass = classifyByHost?.(error)
    return errorClass && errorClasses.includes(errorClass) ? { ...found, errorClass } : found
  } catch {
    return found
  }
}

export const errorAttributes = ({ type, errorClass, sqlStateClass }: Classified): Attributes => ({
  'error.type': type,
  ...(errorClass && { 'cq.error.class': errorClass }),
  ...(sqlStateClass !== undefined && { 'cq.error.sqlstate_class': sqlStateClass }),
})
