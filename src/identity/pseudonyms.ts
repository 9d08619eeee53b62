import { crypto } from '../machine/node.ts'
import type { Pseudonym } from '../schema/names.ts'
import { type NameKind, privateName } from '../schema/shapes.ts'
import type { Debug } from '../machine/debug.ts'
import { publish, readSmallFile } from '../machine/files.ts'

const secretShape = /^[0-9a-f]{64}\n$/
/** Names of one run that get one; so many different ones are no names any more, and each is kept in memory. */
const maxIssued = 10_000

const read = (path: string): string | undefined => {
  const found = readSmallFile(path)
  return found.kind === 'content' && secretShape.test(found.text) ? found.text : undefined
}

/** The secret of this installation; made where the user has not said no. Undefined where it cannot be kept. */
const secretAt = (path: string, mayCreate: () => boolean, debug: Debug): string | undefined => {
  const known = read(path)
  if (known !== undefined) return known
  if (!mayCreate()) return undefined
  try {
    publish(path, `${crypto().randomBytes(32).toString('hex')}\n`)
  } catch {
    // What is there, or is not, is read below.
  }
  const secret = read(path)
  if (secret === undefined) debug('the secret of the pseudonyms cannot be kept: names leave as "private"')
  return secret
}

export interface PseudonymOptions {
  /** Kinds of names that get one. */
  readonly kinds: readonly NameKind[]
  /** Undefined where the user has no home. */
  readonly secretFile: string | undefined
  /** Whether a secret may be made where there is none: not after the user has said no. */
  readonly mayCreate: () => boolean
}

/**
 * Pseudonyms of names that are not public: HMAC-SHA-256, cut to 64 bits, under a secret that never leaves the machine.
 * The same name has the same pseudonym as long as the secret lasts.
 */
export const pseudonyms = ({ kinds, secretFile, mayCreate }: PseudonymOptions, debug: Debug): Pseudonym => {
  const issued = new Set<string>()
  let secret: string | undefined
  let asked = false
  return (kind, name, provider) => {
    if (issued.has(name)) return name
    if (!kinds.includes(kind) || secretFile === undefined || issued.size >= maxIssued) return privateName
    if (!asked) secret = secretAt(secretFile, mayCreate, debug)
    asked = true
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
