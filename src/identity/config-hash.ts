import type { Hash } from './hashes.ts'

/**
 * The hash of the host's configuration. Credentials are removed before hashing: otherwise anyone who has the hash could
 * use it to check guessed passwords.
 */

const credential =
  /pass(?:word|wd|phrase)?|pwd|secret|token|credential|(?:api|access|private|signing|encryption)[_-]?key|auth|dsn|connection|cookie|session/i

/**
 * The credentials in a URL. Matches up to the last `@`, because an unescaped password may contain one, and at most 500
 * characters, because a text may be megabytes long.
 */
const userInfo = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)\S{0,500}@/gi
const maxDepth = 64
/** A value that is referenced many times (YAML anchors) is small in memory but grows exponentially when serialized. */
const maxValues = 100_000

const canonicalizer = () => {
  let values = 0
  const canonical = (value: unknown, ancestors: readonly unknown[]): unknown => {
    if (++values > maxValues) throw new RangeError('too many values')
    if (typeof value === 'string') return value.replace(userInfo, '$1')
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Date) return value.toJSON()
    if (ancestors.includes(value) || ancestors.length > maxDepth) return null
    const path = [...ancestors, value]
    if (Array.isArray(value)) return value.map((member) => canonical(member, path))
    const entries = Object.entries(value)
      .filter(([key, member]) => !credential.test(key) && member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return entries.map(([key, member]) => [key, canonical(member, path)])
  }
  return canonical
}

/** The hash is undefined if there is no configuration, if reading it throws, or if it has too many values. */
export const configHash = (hash: Hash, config: unknown): string | undefined => {
  if (config === undefined) return undefined
  try {
    return hash('config', JSON.stringify(canonicalizer()(config, [])) ?? '')
  } catch {
    return undefined
  }
}
