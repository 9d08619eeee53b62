import type { Shape } from '../schema/shapes.ts'
import type { Check } from './check-options.ts'

/** The checks that option tables are made of. */

/** Makes a check of a test. `expected` completes the sentence "the option must be …". */
export const must =
  (test: (value: unknown) => boolean, expected: string): Check =>
  (value) =>
    test(value) ? undefined : expected

export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
export const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')
export const isBetween =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= least && value <= most
export const isFunction = (value: unknown): boolean => typeof value === 'function'

export const text = must(isText, 'a non-empty string')
export const texts = must(isTexts, 'a list of strings')
export const flag = must((value) => typeof value === 'boolean', 'true or false')
export const callback = must(isFunction, 'a function')
export const positive = must((value) => Number.isFinite(value) && (value as number) > 0, 'a number above 0')
export const url = must(
  (value) => isText(value) && /^https?:/i.test(value) && URL.canParse(value),
  'an http or https URL',
)
export const quoted = (members: readonly string[]): string => members.map((member) => `"${member}"`).join(', ')
export const oneOf = (...members: readonly string[]): Check =>
  must((value) => members.includes(value as string), `one of ${quoted(members)}`)

/** For a value that is sent. Without this check, the sanitizer would silently drop a value of another shape. */
export const shaped = (shape: Shape, expected: string): Check => must((value) => shape.accepts(value), expected)
