import { isCustomName, isDeclaration, maxCustom } from '../schema/custom.ts'
import type { Shape } from '../schema/shapes.ts'
import { type Check, isObject } from './check-options.ts'

/** Checks that several options share. */

/** The check of a test; `expected` completes the sentence "the option must be …". */
export const must =
  (test: (value: unknown) => boolean, expected: string): Check =>
  (value) =>
    test(value) ? undefined : expected

export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')
export const isFunction = (value: unknown): boolean => typeof value === 'function'

export const text = must(isText, 'a non-empty string')
export const texts = must(isTexts, 'a list of strings')
export const flag = must((value) => typeof value === 'boolean', 'true or false')
export const callback = must(isFunction, 'a function')
export const positive = must((value) => Number.isFinite(value) && (value as number) > 0, 'a number above 0')
export const url = must(
  (value) => isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
  'an http or https URL',
)
export const quoted = (members: readonly string[]): string => members.map((member) => `"${member}"`).join(', ')
export const oneOf = (...members: readonly string[]): Check =>
  must((value) => members.includes(value as string), `one of ${quoted(members)}`)

/** For a value that is sent: the sanitizer would leave out any other in silence. */
export const shaped = (shape: Shape, expected: string): Check => must((value) => shape.accepts(value), expected)

export const names = must((value) => isTexts(value) || isFunction(value), 'a list of strings or a function')

export const declarations = must(
  (value) =>
    isObject(value) &&
    Object.keys(value).length <= maxCustom &&
    Object.entries(value).every(([name, each]) => isCustomName(name) && isDeclaration(each)),
  `an object of at most ${maxCustom} names such as "output" or "dry_run", each made by oneOf(...), bool() or ` +
    'bucket(...) with words of at most 32 letters, digits, ".", "_" and "-", or with integers',
)

/** `publicNames`, by the kind of name. */
export const publicNames = {
  operations: { check: names },
  providers: { check: names },
  resources: { check: names },
  policies: { check: names },
  packages: { check: names },
}

/** A destination in RudderStack. */
export const rudder = {
  writeKey: { check: text, required: true },
  dataPlaneUrl: { check: url, required: true },
}
