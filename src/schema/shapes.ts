/** The shapes that the table gives its values. A value that does not have the shape of its row is not sent. */

export type Scalar = string | number | boolean
export type Value = Scalar | readonly string[] | readonly number[] | readonly boolean[]

/** The kinds of names that the host declares public with the option `publicNames`. */
export type NameKind = 'operations' | 'providers' | 'resources' | 'policies' | 'packages' | 'options'

export interface Shape {
  /** The shape in words, for the generated page and the inspect output. */
  readonly text: string
  readonly base: 'string' | 'integer' | 'boolean'
  readonly list: boolean
  /**
   * The same check for a collector: a regular expression in RE2's syntax that must match the whole string, or each
   * member of a list. `min` and `max` bound an integer, and `max` the length of a string.
   */
  readonly pattern?: () => string
  readonly min?: number
  readonly max?: number
  /** The most members of a list. */
  readonly members?: number
  /** Set if the value is a name that the host chooses. It is sent only if the host declared it public. */
  readonly name?: NameKind
  /** Set if the members of a list have no order and occur once. Members that may not be sent are left out. */
  readonly set?: true
  /** For a value that contains a name: returns the value with the name replaced by `publicName(name)`. */
  rename?(value: unknown, publicName: (name: unknown) => string): unknown
  /** Whether the value has this shape. */
  accepts(value: unknown): boolean
}

/**
 * The most members of a list attribute. The sums of an operation list 1,796 resources by name, and the rest as
 * `private` and `_OTHER`.
 */
export const maxMembers = 2_000

type Bounds = Pick<Shape, 'pattern' | 'min' | 'max' | 'name'>

export const shape = (text: string, base: Shape['base'], accepts: Shape['accepts'], bounds: Bounds = {}): Shape => ({
  text,
  base,
  list: false,
  accepts,
  ...bounds,
})

/** The expression without its anchors. */
export const sourceOf = ({ source, flags }: RegExp): string =>
  `(?${flags.includes('i') ? 'i' : ''}:${source.slice(1, -1)})`
export const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * A string that matches the pattern. The length is checked first, so that a long value cannot make the pattern slow.
 */
export const matching = (text: string, pattern: RegExp, max: number): Shape =>
  shape(text, 'string', (value) => typeof value === 'string' && value.length <= max && pattern.test(value), {
    pattern: () => sourceOf(pattern),
    max,
  })

export const oneOf = (...values: readonly string[]): Shape => {
  const members = new Set<unknown>(values)
  return shape(`one of ${values.map((value) => `\`${value}\``).join(' ')}`, 'string', (value) => members.has(value), {
    pattern: () => values.map(quoted).join('|'),
    max: Math.max(...values.map(({ length }) => length)),
  })
}

export const bool = (): Shape => shape('boolean', 'boolean', (value) => typeof value === 'boolean')

export const integer = (text: string, max = Number.MAX_SAFE_INTEGER, min = 0): Shape =>
  shape(
    text,
    'integer',
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    { min, max },
  )

export const listOf = (item: Shape, max = maxMembers): Shape => ({
  ...item,
  text: `list of ${item.text}`,
  list: true,
  members: max,
  accepts: (value) => Array.isArray(value) && value.length <= max && value.every((each) => item.accepts(each)),
})

/** A list that is sent sorted, without duplicates and without the members that may not be sent. */
export const setOf = (item: Shape, max: number): Shape => ({ ...listOf(item, max), set: true })

/** Sent in place of a name that the host has not declared public. */
export const privateName = 'private'
/**
 * Whether the name is `private` or a pseudonym. A pseudonym is a keyed hash that is stable on one installation only.
 */
export const isPrivateName = (name: string): boolean => name === privateName || /^private-[0-9a-f]{16}$/.test(name)
/** The name that sums are added under when there are too many names. */
export const otherName = '_OTHER'

export const namePatterns: Record<NameKind, RegExp> = {
  operations: /^[a-z][a-z0-9]*(?:[ _:.-][a-z0-9]+){0,7}$/,
  providers: /^[a-z][a-z0-9]*(?:[_-][a-z0-9]+){0,7}$/,
  resources: /^[a-z][a-z0-9]*(?:[_.-][a-z0-9]+){0,15}$/i,
  policies: /^[a-z0-9]+(?:[_./-][a-z0-9]+){0,7}$/,
  packages: /^(?:@[a-z0-9-]+\/)?[a-z0-9-][a-z0-9._-]*$/,
  options: /^[a-z0-9]+(?:[_.:-][a-z0-9]+){0,7}(?:=[a-z0-9]+(?:[_.+-][a-z0-9]+){0,7})?$/i,
}
const isReserved = (name: string): boolean => name === otherName || isPrivateName(name)

/** A name that the host chooses. The pattern alone does not make a name public: `publicNames` must also allow it. */
export const nameOf = (kind: NameKind): Shape =>
  shape(
    `a public name, \`${privateName}\` or \`${otherName}\``,
    'string',
    (value) => typeof value === 'string' && value.length <= 64 && (isReserved(value) || namePatterns[kind].test(value)),
    {
      name: kind,
      pattern: () => `${otherName}|${privateName}(?:-[0-9a-f]{16})?|${sourceOf(namePatterns[kind])}`,
      max: 64,
    },
  )

/** The name of an option, with its value if that is one of a closed list: `dry-run`, `color=false`, `output=json`. */
export const optionName = (): Shape => ({
  ...matching('declared option, or `option=value` of a closed list', namePatterns.options, 64),
  name: 'options',
})

export const uuid = (): Shape => matching('UUID', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 36)
/** A hash in hex: SHA-1 with 40 digits, or HMAC-SHA-256 with 64 if the publisher has set a key. */
export const digest = (): Shape => matching('SHA-1 or HMAC-SHA-256 in hex', /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 64)
/**
 * Up to three numbers with at most one pre-release word from a closed list, so that a version cannot hold free text.
 * Four numbers could be an IP address.
 */
export const version = (): Shape =>
  matching(
    'version number',
    /^v?\d{1,6}(?:\.\d{1,6}){0,2}(?:-(?:alpha|beta|canary|dev|next|nightly|pre|rc)(?:\.?\d{1,6}){0,2})?$/,
    48,
  )
/** Sent instead of an invalid version, or of a private provider's version. */
export const unknownVersion = 'unknown'
export const appName = (): Shape => matching('name of the tool', /^[a-z][a-z0-9._-]*$/, 64)
export const commitHash = (): Shape => matching('commit hash', /^[0-9a-f]{7,64}$/, 64)
export const date = (): Shape => matching('ISO 8601 date', /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)?$/, 24)
export const numbers = (): Shape => matching('numbers with dots', /^\d{1,6}(?:\.\d{1,6}){0,2}$/, 32)
