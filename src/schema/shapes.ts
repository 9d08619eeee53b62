/** The shapes a value may have. A value of another shape does not leave the machine. */

export type Scalar = string | number | boolean
export type Value = Scalar | readonly string[] | readonly number[] | readonly boolean[]

/** A kind of name that the host declares public or not; see `publicNames`. */
export type NameKind = 'operations' | 'providers' | 'resources' | 'policies' | 'packages'

export interface Shape {
  /** How the generated page puts it. */
  readonly text: string
  readonly base: 'string' | 'integer' | 'boolean'
  readonly list: boolean
  /**
   * The same bound for a server that has no code of ours: a regular expression that holds for a whole string (each member
   * of a list), of the kind that RE2 knows; and the length of a string, or the bounds of an integer.
   */
  readonly pattern?: () => string
  readonly min?: number
  readonly max?: number
  /** Members of a list at most. */
  readonly members?: number
  /** Set where the value is a name of the host's, which must be public too. */
  readonly name?: NameKind
  /** Where the name is a part of the value: the value with the name replaced by what `judge` makes of it. */
  rename?(value: unknown, judge: (name: unknown) => string): unknown
  /** True for a value that may leave. */
  accepts(value: unknown): boolean
}

/** The most members a list attribute may have: 2,000 names an operation, `_OTHER` among them. */
export const maxMembers = 2_000

type Bounds = Pick<Shape, 'pattern' | 'min' | 'max' | 'name'>

const shape = (text: string, base: Shape['base'], accepts: Shape['accepts'], bounds: Bounds = {}): Shape => ({
  text,
  base,
  list: false,
  accepts,
  ...bounds,
})

/** The expression without its anchors. */
const sourceOf = ({ source, flags }: RegExp): string => `(?${flags.includes('i') ? 'i' : ''}:${source.slice(1, -1)})`
const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Code points beyond `max` are refused before the pattern runs, so that no value can make it slow. */
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

/** The value of a name that the host has not declared public. */
export const privateName = 'private'
/** `private`, or the pseudonym of a name: stable on one installation, and meaningless beyond it. */
export const isPrivateName = (name: string): boolean => name === privateName || /^private-[0-9a-f]{16}$/.test(name)
/** The value under which what exceeds a bound is summed up. */
export const otherName = '_OTHER'

const namePatterns: Record<NameKind, RegExp> = {
  operations: /^[a-z][a-z0-9]*(?:[ _:.-][a-z0-9]+){0,7}$/,
  providers: /^[a-z][a-z0-9]*(?:[_-][a-z0-9]+){0,7}$/,
  resources: /^[a-z][a-z0-9]*(?:[_.-][a-z0-9]+){0,15}$/i,
  policies: /^[a-z0-9]+(?:[_./-][a-z0-9]+){0,7}$/,
  packages: /^(?:@[a-z0-9-]+\/)?[a-z0-9-][a-z0-9._-]*$/,
}
const isReserved = (name: string): boolean => name === otherName || isPrivateName(name)

/** A name of the host's. The pattern is a bound beside `publicNames`, never enough by itself. */
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

export const uuid = (): Shape => matching('UUID', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 36)
/** 40 digits, or 64 where the publisher has a key. */
export const digest = (): Shape => matching('SHA-1 or HMAC-SHA-256 in hex', /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 64)
/**
 * Up to three numbers (four would be an address) with at most one pre-release word from a closed list: free text cannot
 * hide in a version.
 */
export const version = (): Shape =>
  matching(
    'version number',
    /^v?\d{1,6}(?:\.\d{1,6}){0,2}(?:-(?:alpha|beta|canary|dev|next|nightly|pre|rc)(?:\.?\d{1,6}){0,2})?$/,
    48,
  )
export const appName = (): Shape => matching('name of the tool', /^[a-z][a-z0-9._-]*$/, 64)
export const commitHash = (): Shape => matching('commit hash', /^[0-9a-f]{7,64}$/, 64)
export const date = (): Shape => matching('ISO 8601 date', /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)?$/, 24)
export const numbers = (): Shape => matching('numbers with dots', /^\d{1,6}(?:\.\d{1,6}){0,2}$/, 32)

/** Frames of a crash report at most, and causes. */
export const maxFrames = 20
export const maxCauses = 8

const maxFrameLength = 200
const nodeFrame = /^node:[a-z][a-z0-9_/-]{0,60}:\d{1,7}:\d{1,7}$/
const packageFrame = /^((?:@[a-z0-9-]+\/)?[a-z0-9-][a-z0-9._-]*)((?:\/[\w@+-][\w@.+-]{0,63}){1,10}):\d{1,7}:\d{1,7}$/

/** A place in the code of Node, or of a package that the host has declared; else `_OTHER`. */
export const frame = (): Shape => {
  const accepts = (value: unknown): boolean =>
    typeof value === 'string' &&
    value.length <= maxFrameLength &&
    (value === otherName || nodeFrame.test(value) || packageFrame.test(value))
  return {
    ...shape('`package/path:line:column`, `node:module:line:column` or `_OTHER`', 'string', accepts, {
      name: 'packages',
      pattern: () => `${otherName}|${sourceOf(nodeFrame)}|${sourceOf(packageFrame)}`,
      max: maxFrameLength,
    }),
    rename: (value, judge) => {
      if (!accepts(value)) return otherName
      const [, name] = packageFrame.exec(String(value)) ?? []
      return name === undefined || judge(name) === name ? value : otherName
    },
  }
}
