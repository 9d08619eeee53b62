import type { Scalar } from './shapes.ts'

/**
 * Custom attributes of operations. The host declares each one with the values that it can have, so that free text
 * cannot be expressed.
 */

/** An attribute whose value is one of a list of words. `oneOf()` makes it. */
export interface OneOf<Member extends string = string> {
  readonly kind: 'oneOf'
  readonly members: readonly Member[]
}

/** An attribute that is true or false. `bool()` makes it. */
export interface Bool {
  readonly kind: 'bool'
}

/** A number that is sent as one of these bounds. `bucket()` makes it. */
export interface Bucket {
  readonly kind: 'bucket'
  readonly bounds: readonly number[]
}

/** The possible forms of an attribute of yours. */
export type Declaration = OneOf | Bool | Bucket
/** The attributes of your operations, by their names. */
export type Declarations = Readonly<Record<string, Declaration>>

type ValueOf<D> = D extends OneOf<infer Member> ? Member : D extends Bool ? boolean : number

/** The values that `set()` of an operation takes. */
export type ValuesOf<D extends Declarations> = { readonly [Name in keyof D]?: ValueOf<D[Name]> | undefined }

const decades: readonly number[] = [0, ...Array.from({ length: 13 }, (_, power) => 10 ** power)]

/**
 * Declares an attribute whose value is one of these words. Only literals compile, because a `string` may hold user
 * input.
 */
export const oneOf = <const Member extends string>(
  ...members: readonly (string extends Member ? never : Member)[]
): OneOf<Member> => ({ kind: 'oneOf', members })

/** Declares an attribute that is true or false. */
export const bool = (): Bool => ({ kind: 'bool' })

/**
 * Declares a number that is sent rounded down to one of these bounds. A number below all of them is sent as the lowest.
 * Default bounds: 0, 1, 10, 100, … 10^12.
 */
export const bucket = (...bounds: readonly number[]): Bucket => ({
  kind: 'bucket',
  bounds: bounds.length > 0 ? bounds : decades,
})

export const customPrefix = 'cq.custom.'
/** The most attributes that a host may declare. */
export const maxCustom = 20
/** The most words or bounds of one attribute. */
export const maxValues = 64

const nameShape = /^[a-z][a-z0-9]{0,19}(?:_[a-z0-9]{1,20}){0,2}$/
const wordShape = /^[a-z0-9][a-z0-9._-]{0,31}$/i
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

export const isCustomName = (name: string): boolean => nameShape.test(name)

const isListOf = <T>(list: unknown, test: (each: unknown) => each is T): list is readonly T[] =>
  Array.isArray(list) && list.length > 0 && list.length <= maxValues && list.every(test)
const isWord = (value: unknown): value is string => typeof value === 'string' && wordShape.test(value)

/** Whether the value is a declaration whose words or bounds may leave the machine. */
export const isDeclaration = (value: unknown): value is Declaration => {
  const { kind, members, bounds } = (value ?? {}) as { kind?: unknown; members?: unknown; bounds?: unknown }
  if (kind === 'oneOf') return isListOf(members, isWord)
  return kind === 'bool' || (kind === 'bucket' && isListOf(bounds, isInteger))
}

/** Returns the value to send for a custom attribute; undefined if it must not be sent. */
export type CustomRule = (name: string, value: unknown) => Scalar | undefined

const bucketOf = (value: unknown, bounds: readonly number[]): number | undefined =>
  typeof value === 'number' && !Number.isNaN(value)
    ? Math.max(Math.min(...bounds), ...bounds.filter((bound) => bound <= value))
    : undefined

/** The rule for a new span: only attributes that the host has declared are sent. */
export const declared =
  (declarations: Declarations): CustomRule =>
  (name, value) => {
    const declaration = Object.hasOwn(declarations, name) ? declarations[name] : undefined
    if (declaration?.kind === 'oneOf') return declaration.members.find((member) => member === value)
    if (declaration?.kind === 'bool') return typeof value === 'boolean' ? value : undefined
    return declaration && bucketOf(value, declaration.bounds)
  }

/**
 * The rule for a span that is read from disk, where the declarations are not known. Only the shape of a value is
 * checked.
 */
export const alreadyDeclared: CustomRule = (_, value) =>
  isWord(value) || typeof value === 'boolean' || isInteger(value) ? value : undefined

/** The custom attributes of a span that the rule accepts, in the order of their names; at most `maxCustom`. */
export const customAttributes = (
  raw: Readonly<Record<string, unknown>>,
  rule: CustomRule,
): Readonly<Record<string, Scalar>> =>
  Object.fromEntries(
    Object.keys(raw)
      .filter((key) => key.startsWith(customPrefix) && isCustomName(key.slice(customPrefix.length)))
      .sort()
      .slice(0, maxCustom)
      .flatMap((key) => {
        const value = rule(key.slice(customPrefix.length), raw[key])
        return value === undefined ? [] : [[key, value]]
      }),
  )
