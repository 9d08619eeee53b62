import type { Options } from './options.ts'
import { isCustomName, isDeclaration, maxCustom } from '../schema/custom.ts'
import { appName, commitHash, date, type Shape, version } from '../schema/shapes.ts'

/** A wrong option is a programmer's mistake: it is said at once, with all others, and names the option. */

type Check = (value: unknown) => string | undefined

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value)

const when =
  (test: (value: unknown) => boolean, expected: string): Check =>
  (value) =>
    test(value) ? undefined : `must be ${expected}`

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isUrl = (value: unknown): boolean =>
  isText(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string')
const isFunction = (value: unknown): boolean => typeof value === 'function'

const text = when(isText, 'a non-empty string')
const url = when(isUrl, 'an http or https URL')
const boolean = when((value) => typeof value === 'boolean', 'true or false')
const oneOf = (members: readonly string[]): Check =>
  when((value) => members.includes(value as string), `one of ${members.map((member) => `"${member}"`).join(', ')}`)
const isoDate = when((value) => isText(value) && !Number.isNaN(Date.parse(value)), 'a date in ISO 8601')
/** What the table would not let out is said here, rather than left out in silence. */
const attribute = (shape: Shape, expected: string): Check => when((value) => shape.accepts(value), expected)

const headers = when(
  (value) => isObject(value) && Object.values(value).every((each) => typeof each === 'string'),
  'an object of strings',
)
const names = when((value) => isTexts(value) || isFunction(value), 'a list of strings or a function')
const providers = when(
  (value) =>
    isFunction(value) ||
    (Array.isArray(value) &&
      value.every(
        (each) => isObject(each) && isText(each['name']) && ['string', 'undefined'].includes(typeof each['version']),
      )),
  'a list of { name, version }, or a function that returns one',
)

const identity = when(
  (value) => value === 'hashes' || value === 'random-only' || (isObject(value) && isText(value['hmacKey'])),
  '"hashes", "random-only" or { hmacKey }',
)

const kinds = ['operations', 'providers', 'resources', 'policies']
const pseudonyms = when(
  (value) => isTexts(value) && (value as string[]).every((each) => kinds.includes(each)),
  `a list of ${kinds.map((kind) => `"${kind}"`).join(', ')}`,
)
const attributes = when(
  (value) =>
    isObject(value) &&
    Object.keys(value).length <= maxCustom &&
    Object.entries(value).every(([name, each]) => isCustomName(name) && isDeclaration(each)),
  `an object of at most ${maxCustom} names such as "output" or "dry_run", each made by oneOf(...), bool() or bucket(...) ` +
    'with words of at most 32 letters, digits, ".", "_" and "-", or with integers',
)

type Checks = { readonly [key: string]: Check | Checks }

const checks: Checks & Record<keyof Options, Check | Checks> = {
  app: {
    name: attribute(appName(), 'a name of letters, digits, ".", "_" and "-", at most 64'),
    version: attribute(version(), 'a version number such as "1.2.3" or "1.2.3-beta.1"'),
    commit: optional(attribute(commitHash(), 'a commit hash in lower-case hex')),
    buildDate: optional(attribute(date(), 'a date such as "2026-01-31" or "2026-01-31T10:00:00Z"')),
  },
  rudder: { writeKey: text, dataPlaneUrl: url },
  otlp: { endpoint: url, headers: optional(headers) },
  providers: optional(providers),
  config: () => undefined,
  configFormat: optional(oneOf(['hcl', 'yaml', 'json', 'toml'])),
  publicNames: {
    operations: optional(names),
    providers: optional(names),
    resources: optional(names),
    policies: optional(names),
    packages: optional(names),
  },
  pseudonyms: optional(pseudonyms),
  attributes: optional(attributes),
  identity: optional(identity),
  spans: optional(oneOf(['resources', 'operations'])),
  docsUrl: optional(url),
  envPrefix: optional(when((value) => isText(value) && /^[A-Z][A-Z0-9_]*$/.test(value), 'upper-case, e.g. "CQ"')),
  directory: optional(
    when((value) => isText(value) && !/[/\\]|^\.\.?$/.test(value), 'the name of a directory, e.g. ".cq"'),
  ),
  dataDir: optional(text),
  logFile: optional(text),
  command: optional(text),
  notice: optional(oneOf(['terminal', 'anywhere', 'silent'])),
  publisherIds: optional(when(isTexts, 'a list of strings')),
  sendInDevelopment: optional(boolean),
  classifyError: optional(when(isFunction, 'a function')),
  policyDate: optional(isoDate),
  delivery: optional(oneOf(['auto', 'detached', 'inline', 'manual'])),
  child: optional(text),
  signals: optional(boolean),
  joinTraces: optional(boolean),
  argv: optional(when(isTexts, 'a list of strings')),
}

const problemsOf = (value: unknown, expected: Check | Checks, path: string, required: boolean): string[] => {
  if (typeof expected === 'function') {
    const problem = expected(value)
    return problem === undefined ? [] : [`option "${path}" ${problem}`]
  }
  if (value === undefined && !required) return []
  if (!isObject(value)) return [`option "${path}" must be an object`]
  const at = (key: string) => (path === '' ? key : `${path}.${key}`)
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(expected, key))
  return [
    ...unknown.map((key) => `option "${at(key)}" is not known; known are ${Object.keys(expected).join(', ')}`),
    ...Object.entries(expected).flatMap(([key, below]) => problemsOf(value[key], below, at(key), at(key) === 'app')),
  ]
}

/** Throws a TypeError that names each wrong option and what it should be; values are not in it, they may be keys. */
export const checkOptions = (options: unknown): void => {
  if (!isObject(options)) throw new TypeError('instrument: the options must be an object')
  const problems = problemsOf(options, checks, '', true)
  if (problems.length > 0) throw new TypeError(`instrument: ${problems.join('; ')}`)
}
