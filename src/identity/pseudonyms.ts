import { crypto } from '../machine/node.ts'
import type { Pseudonym } from '../schema/names.ts'
import { type NameKind, privateName } from '../schema/shapes.ts'
import type { Debug } from '../machine/debug.ts'
import { readSmallFile } from '../machine/read-file.ts'
import { publish } from '../machine/publish.ts'

const secretShape = /^[0-9a-f]{64}\n$/
/** The most pseudonyms of one run, because each is kept in memory. Further names are sent as `private`. */
const maxIssued = 10_000

const read = (path: string): string | undefined => {
  const found = readSmallFile(path)
  return found.kind === 'content' && found.own && secretShape.test(found.text) ? found.text : undefined
}

/** Reads the secret of this installation or creates it. Undefined if it may not be created or cannot be written. */
const secretAt = (path: string, mayCreate: () => boolean, debug: Debug): string | undefined => {
  const existing = read(path)
  if (existing !== undefined) return existing
  if (!mayCreate()) return undefined
  try {
    publish(path, `${crypto().randomBytes(32).toString('hex')}\n`)
  } catch {
    // The read below finds out whether there is a secret.
  }
  const secret = read(path)
  if (secret === undefined) debug('the secret of the pseudonyms cannot be kept: names leave as "private"')
  return secret
}

export interface PseudonymOptions {
  /** Kinds of names that get a pseudonym. */
  readonly kinds: readonly NameKind[]
  /** Undefined if the user has no home. */
  readonly secretFile: string | undefined
  /** Whether a missing secret may be created. Not if the user has disabled telemetry. */
  readonly mayCreate: () => boolean
}

/**
 * Pseudonyms for names that are not public: HMAC-SHA-256, truncated to 64 bits, under a secret that never leaves the
 * machine. A name keeps its pseudonym until the secret is deleted.
 */
export const pseudonyms = ({ kinds, secretFile, mayCreate }: PseudonymOptions, debug: Debug): Pseudonym => {
  const issued = new Set<string>()
  let secret: string | undefined
  let secretRead = false
  return (kind, name, provider) => {
    if (issued.has(name)) return name
    if (!kinds.includes(kind) || secretFile === undefined || issued.size >= maxIssued) return privateName
    if (!secretRead) secret = secretAt(secretFile, mayCreate, debug)
    secretRead = true
    if (secret === undefined) return privateName
    const hex = crypto()
      .createHmac('sha256', secret)
      .update([kind, provider, name].join('\0'))
      .digest('hex')
      .slice(0, 16)
    issued.add(`${privateName}-${hex}`)
    return `${privateName}-${hex}`
  }
}
