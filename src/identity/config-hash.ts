import type { Hash } from './hashes.ts'

/**
 * The configuration in a canonical form, for its hash alone. Credentials are taken out first: with them the hash would
 * tell whoever tries passwords which one is right.
 */

const credential =
  /pass(?:word|wd|phrase)?|pwd|secret|token|credential|(?:api|access|private|signing|encryption)[_-]?key|auth|dsn|connection|cookie|session/i

/** Up to the last `@`, since an unescaped password may hold any sign; bounded, since a text may be megabytes long. */
const userInfo = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)\S{0,500}@/gi
const maxDepth = 64
/** A value that is shared many times over (YAML's anchors) is small in memory and endless when written out. */
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
    const below = [...ancestors, value]
    if (Array.isArray(value)) return value.map((member) => canonical(member, below))
    const entries = Object.entries(value)
      .filter(([key, member]) => !credential.test(key) && member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return entries.map(([key, member]) => [key, canonical(member, below)])
  }
  return canonical
}

/** Undefined for a configuration that is not there, that cannot be read through, or that has no end. */
export const configHash = (hash: Hash, config: unknown): string | undefined => {
  if (config === undefined) return undefined
  try {
    return hash('config', JSON.stringify(canonicalizer()(config, [])) ?? '')
  } catch {
    return undefined
  }
}
