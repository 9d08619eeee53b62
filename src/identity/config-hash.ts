import type { PublicNames } from '../schema/names.ts'
import type { Hash } from './hashes.ts'
import { knownValues, nameWords, settingWords } from './config-words.ts'

/**
 * The hash of the host's configuration. Only harmless parts are hashed: the structure around known keys, true and
 * false, numbers and words of enumerations under known keys, and names that the host has declared public. Any other key
 * or value is replaced by the same placeholder, since the hash would allow anyone to check guessed values.
 */

/** Stands for any key or value that is not known. */
const unknown = '?'
const maxDepth = 64
/**
 * The most values. A value that is referenced many times (YAML anchors) is small in memory but grows exponentially when
 * it is serialized.
 */
const maxValues = 100_000
/** A larger number may be an account number, a telephone number or a card number. */
const maxNumber = 1e9
const maxKey = 64

type IsPublic = (name: string) => boolean

/** Names that stand in a list. A predicate is not called, since it may be true for any name. */
const listedNames = ({ providers, resources }: PublicNames): IsPublic => {
  const names = new Set([providers, resources].flatMap((list) => (Array.isArray(list) ? (list as string[]) : [])))
  return (name) => names.has(name)
}

/** The words of a key: `maxRetries`, `max_retries` and `max-retries` have the same. */
const wordsOf = (key: string): string[] =>
  key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[._\s-]+/)

const consistsOf = (key: string, words: ReadonlySet<string>): boolean =>
  key.length <= maxKey && wordsOf(key).every((word) => words.has(word))

/** Which parts of a value count, according to its key. */
interface Known {
  readonly setting: boolean
  readonly name: boolean
}

const nothing: Known = { setting: false, name: false }

const knownBy = (key: string): Known => ({
  setting: consistsOf(key, settingWords),
  name: consistsOf(key, nameWords),
})

const canonicalizer = (isPublic: IsPublic) => {
  let values = 0

  const scalar = (value: unknown, known: Known): unknown => {
    if (typeof value === 'boolean') return value
    if (typeof value === 'number' || typeof value === 'bigint')
      return known.setting && value >= -maxNumber && value <= maxNumber ? String(value) : unknown
    if (typeof value !== 'string') return unknown
    const isKnown = (known.setting && knownValues.has(value)) || (known.name && isPublic(value))
    return isKnown ? value : unknown
  }

  const list = (value: readonly unknown[], known: Known, path: readonly unknown[]): unknown => {
    const members = value.map((member) => canonical(member, known, path))
    const isKnown = known.setting || known.name || members.some((member) => member !== unknown)
    return isKnown ? members : unknown
  }

  /** The entries are sorted after hashing, since the order of unknown keys would reveal something about them. */
  const object = (value: object, path: readonly unknown[]): unknown => {
    const entries = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => {
        const known = knownBy(key)
        const label = known.setting || known.name || isPublic(key) ? key : unknown
        return [label, canonical(member, known, path)]
      })
    const isKnown = entries.some(([label, member]) => label !== unknown || member !== unknown)
    if (!isKnown) return unknown
    const sorted = entries.map((entry) => [JSON.stringify(entry), entry] as const).sort(([a], [b]) => (a < b ? -1 : 1))
    return { entries: sorted.map(([, entry]) => entry) }
  }

  const canonical = (value: unknown, known: Known, ancestors: readonly unknown[]): unknown => {
    if (++values > maxValues) throw new RangeError('too many values')
    if (typeof value !== 'object' || value === null) return scalar(value, known)
    if (value instanceof Date || ancestors.includes(value) || ancestors.length > maxDepth) return unknown
    const path = [...ancestors, value]
    return Array.isArray(value) ? list(value, known, path) : object(value, path)
  }
  return canonical
}

/** The hash is undefined if there is no configuration, if reading it throws, or if it has too many values. */
export const configHash = (hash: Hash, config: unknown, publicNames: PublicNames = {}): string | undefined => {
  if (config === undefined) return undefined
  try {
    return hash('config', JSON.stringify(canonicalizer(listedNames(publicNames))(config, nothing, [])))
  } catch {
    return undefined
  }
}
