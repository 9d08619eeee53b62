import type { Scalar } from './shapes.ts'

/** Attributes of operations that a host declares, each with the values that it can have: free text cannot be expressed. */

export interface OneOf<Member extends string = string> {
  readonly kind: 'oneOf'
  readonly members: readonly Member[]
}

export interface Bool {
  readonly kind: 'bool'
}

export interface Bucket {
  readonly kind: 'bucket'
  readonly bounds: readonly number[]
}

export type Declaration = OneOf | Bool | Bucket
export type Declarations = Readonly<Record<string, Declaration>>

type ValueOf<D> = D extends OneOf<infer Member> ? Member : D extends Bool ? boolean : number

/** What an operation may be told, by the declarations. */
export type ValuesOf<D extends Declarations> = { readonly [Name in keyof D]?: ValueOf<D[Name]> | undefined }

const decades: readonly number[] = [0, ...Array.from({ length: 13 }, (_, power) => 10 ** power)]

/** One of these words: literals of the program, since a `string` that may hold user input does not compile. */
export const oneOf = <const Member extends string>(
  ...members: readonly (string extends Member ? never : Member)[]
): OneOf<Member> => ({ kind: 'oneOf', members })

/** True or false. */
export const bool = (): Bool => ({ kind: 'bool' })

/** A number, of which the largest of these bounds that it reaches leaves. Default 0, 1, 10, 100, … to 10^12. */
export const bucket = (...bounds: readonly number[]): Bucket => ({
  kind: 'bucket',
  bounds: bounds.length > 0 ? bounds : decades,
})

export const customPrefix = 'cq.custom.'
/** Attributes that a host may declare, and values of one of them. */
export const maxCustom = 20
export const maxValues = 64

const nameShape = /^[a-z][a-z0-9]{0,19}(?:_[a-z0-9]{1,20}){0,2}$/
const wordShape = /^[a-z0-9][a-z0-9._-]{0,31}$/i
const integerShape = (value: unknown): value is number => Number.isSafeInteger(value)

export const isCustomName = (name: string): boolean => nameShape.test(name)

const isListOf = <T>(list: unknown, test: (each: unknown) => each is T): list is readonly T[] =>
  Array.isArray(list) && list.length > 0 && list.length <= maxValues && list.every(test)
const isWord = (value: unknown): value is string => typeof value === 'string' && wordShape.test(value)

/** Whether it came from `oneOf`, `bool` or `bucket`, with values that may leave. */
export const isDeclaration = (value: unknown): value is Declaration => {
  const { kind, members, bounds } = (value ?? {}) as { kind?: unknown; members?: unknown; bounds?: unknown }
  if (kind === 'oneOf') return isListOf(members, isWord)
  return kind === 'bool' || (kind === 'bucket' && isListOf(bounds, integerShape))
}

/** What may leave of a custom attribute's value; undefined for one that may not. */
export type CustomRule = (name: string, value: unknown) => Scalar | undefined

const bucketOf = (value: unknown, bounds: readonly number[]): number | undefined =>
  typeof value === 'number' && !Number.isNaN(value)
    ? Math.max(Math.min(...bounds), ...bounds.filter((bound) => bound <= value))
    : undefined

export const declared =
  (declarations: Declarations): CustomRule =>
  (name, value) => {
    const declaration = Object.hasOwn(declarations, name) ? declarations[name] : undefined
    if (declaration?.kind === 'oneOf') return declaration.members.find((member) => member === value)
    if (declaration?.kind === 'bool') return typeof value === 'boolean' ? value : undefined
    return declaration && bucketOf(value, declaration.bounds)
  }

/** For what has been through `declared` already, on its way back from disk: the shape is checked again, no more. */
export const alreadyDeclared: CustomRule = (_, value) =>
  isWord(value) || typeof value === 'boolean' || integerShape(value) ? value : undefined

/** The custom attributes that may leave. */
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
