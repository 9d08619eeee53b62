import { hash } from './hashes.ts'

/**
 * The configuration in a canonical form, for its hash alone. Credentials are taken out first: with them the hash would
 * tell whoever tries passwords which one is right.
 */

const credential =
  /pass(?:word|wd|phrase)?|pwd|secret|token|credential|(?:api|access|private|signing|encryption)[_-]?key|auth|dsn|connection|cookie|session/i

const userInfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i
const maxDepth = 64

const canonical = (value: unknown, ancestors: readonly unknown[]): unknown => {
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

/** Undefined for a configuration that is not there, or that cannot be read through. */
export const configHash = (app: string, config: unknown): string | undefined => {
  if (config === undefined) return undefined
  try {
    return hash(app, 'config', JSON.stringify(canonical(config, [])) ?? '')
  } catch {
    return undefined
  }
}
