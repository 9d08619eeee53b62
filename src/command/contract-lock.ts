import { isObject } from '../api/check-options.ts'
import { isTexts } from '../api/checks.ts'
import { customPrefix } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import type { Row, SpanRow } from '../schema/row.ts'
import {
  digest,
  matching,
  isPrivateName,
  nameOf,
  type NameKind,
  optionName,
  otherName,
  type Shape,
  uuid,
} from '../schema/shapes.ts'
import { rowsOf } from '../contract/rows.ts'
import { UsageError } from './setting.ts'

/** The file telemetry.lock.json: what a tool may collect with this version of the package. */

/** Version of the format. It changes when an older version of this command could misread the file. */
const version = 1

export interface LockedAttribute {
  /** Types of spans, or `resource` for an attribute of all spans of a run. */
  readonly on: readonly string[]
  readonly purpose: string
  readonly sensitivity: string
  readonly setBy: 'client' | 'collector'
  readonly type: string
  /** All values, or a description of their form. */
  readonly values: string | readonly string[]
}

export interface Lock {
  readonly attributes: Readonly<Record<string, LockedAttribute>>
  /**
   * Everything except attributes: destinations, public names and options. Each key has the words of a term, and its
   * list the members.
   */
  readonly allows: Readonly<Record<string, readonly string[]>>
  readonly package: string
  readonly tool: string
  readonly version: typeof version
}

/** Forms of values that differ between any two installations. */
const identifying = [uuid().text, digest().text, matching('decimal number', /^\d$/, 1).text]

const sensitivityOf = ({ key, shape, source, ...row }: Row | SpanRow): string => {
  if (source === 'collector') return 'coarse location'
  if (key === 'service.instance.id' || key === 'session.id') return 'identifies one run'
  if (key === 'cq.project.id') return 'identifies a project'
  if (shape.name) return 'declared by the tool'
  return !('on' in row) && identifying.includes(shape.text) ? 'identifies an installation' : 'technical'
}

const typeOf = ({ base, list }: Shape): string => `${base === 'integer' ? 'int' : base}${list ? '[]' : ''}`

const valuesOf = (text: string): string | readonly string[] =>
  /^(?:list of )?one of `/.test(text) ? [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => String(word)).sort() : text

const attributeOf = (row: Row | SpanRow): LockedAttribute => ({
  on: 'on' in row ? [...row.on].sort() : ['resource'],
  purpose: row.purpose,
  sensitivity: sensitivityOf(row),
  setBy: row.source,
  type: typeOf(row.shape),
  values: valuesOf(row.shape.text),
})

const byKey = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))

/** The rest of the terms that begin with these words. */
const after = (terms: ReadonlySet<string>, words: string): string[] =>
  [...terms].flatMap((term) => (term.startsWith(`${words} `) ? [term.slice(words.length + 1)] : []))

const types: Readonly<Record<string, string>> = { oneOf: 'string', bool: 'boolean', bucket: 'int' }

/** An attribute that the host has declared, from terms such as `output kind oneOf` and `output members json`. */
const customOf = (declared: ReadonlySet<string>, name: string, kind: string): LockedAttribute => {
  const values = [...after(declared, `${name} members`), ...after(declared, `${name} bounds`)]
  return {
    on: ['operation'],
    purpose: 'Declared by the tool.',
    sensitivity: 'declared by the tool',
    setBy: 'client',
    type: types[kind] ?? kind,
    values:
      kind === 'bool' ? 'boolean' : values.sort((a, b) => (kind === 'bucket' ? Number(a) - Number(b) : a < b ? -1 : 1)),
  }
}

const customIn = (terms: ReadonlySet<string>): (readonly [string, LockedAttribute])[] => {
  const declared = new Set(after(terms, 'attribute'))
  return [...declared].flatMap((term) => {
    const [name = '', word, kind = ''] = term.split(' ')
    return word === 'kind' ? [[customPrefix + name, customOf(declared, name, kind)] as const] : []
  })
}

/** Terms whose second word is a part of the key, and whose members are single words. */
const nested: readonly string[] = ['destination', 'public']

/** A name without the shape of a name is sent as `private`, even if it is declared. */
const isPublic = (kind: string, name: string): boolean => {
  const shape = kind === 'options' ? optionName() : nameOf(kind as NameKind)
  // The words for names that are not public look like names.
  const isReserved = kind !== 'options' && (isPrivateName(name) || name === otherName)
  return /^\([a-z ]+\)$/.test(name) || (!isReserved && shape.accepts(name))
}

/** The destination of a tool whose users name a collector in their own variables. */
export const byVariables = '(where the variables of the user say)'

const allowsOf = (terms: ReadonlySet<string>): Lock['allows'] => {
  const lists = new Map<string, string[]>()
  for (const term of terms) {
    const words = term.split(' ')
    const depth = nested.includes(words[0] ?? '') ? 2 : 1
    const [key, member] = [words.slice(0, depth).join(' '), words.slice(depth).join(' ')]
    if (words[0] === 'public' && !isPublic(words[1] ?? '', member)) continue
    lists.set(key, [...(lists.get(key) ?? []), member])
  }
  const collectors = lists.get('destination otlp')
  if (!collectors || terms.has('overridable true')) lists.set('destination otlp', [byVariables, ...(collectors ?? [])])
  // All options that are sent have an attribute, except `joinTraces`.
  lists.set('sends', terms.has('sends joinTraces') ? ['joinTraces'] : [])
  // Terms that other fields of the lock contain.
  const elsewhere = ['attribute', 'tool', 'overridable', distro.name]
  return byKey([...lists].filter(([key]) => !elsewhere.includes(key)).map(([key, members]) => [key, members.sort()]))
}

/** The lock of the terms that the tool has written. */
export const lockOf = (terms: ReadonlySet<string>): Lock => ({
  attributes: byKey([...rowsOf(terms).map((row) => [row.key, attributeOf(row)] as const), ...customIn(terms)]),
  allows: allowsOf(terms),
  package: `${distro.name} ${distro.version}`,
  tool: after(terms, 'tool')[0] ?? '',
  version,
})

export const lockText = (lock: Lock): string => `${JSON.stringify(lock, undefined, 2)}\n`

const isAttribute = (value: unknown): value is LockedAttribute =>
  isObject(value) &&
  ['purpose', 'sensitivity', 'setBy', 'type'].every((key) => typeof value[key] === 'string') &&
  isTexts(value['on']) &&
  (typeof value['values'] === 'string' || isTexts(value['values']))

const areAll = (values: unknown, test: (value: unknown) => boolean): boolean =>
  isObject(values) && Object.values(values).every(test)

const isLock = (value: unknown): boolean =>
  isObject(value) &&
  value['version'] === version &&
  typeof value['tool'] === 'string' &&
  areAll(value['attributes'], isAttribute) &&
  areAll(value['allows'], isTexts)

/** Reads a lock file. Throws a UsageError that names the file if this version has not written it. */
export const parseLock = (text: string, file: string): Lock => {
  let lock: unknown
  try {
    lock = JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is not JSON, perhaps since a merge: write it again, without --check`)
  }
  if (isLock(lock)) return lock as Lock
  throw new UsageError(`${file} is no lock file of this version: write it again, without --check`)
}
