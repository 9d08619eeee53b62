import { writeFileSync } from 'node:fs'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { asControls, type Controls } from '../controls/controls.ts'
import { maxBytes } from '../controls/kept.ts'
import { signedText } from '../controls/signature.ts'
import { readFile } from '../machine/read-file.ts'
import { writeWhole } from '../machine/output.ts'
import { appName } from '../schema/shapes.ts'
import { say, UsageError } from './setting.ts'
import { why } from './why.ts'

/** The commands `controls keygen` and `controls sign`, for the publisher of a tool. */

const known = ['tool', 'rules', 'versions', 'stop', 'sampleRate']

/** The unknown keys of a file. A client would ignore such a key, so here it is a mistake. */
const unknownKeys = ({ rules, ...rest }: Readonly<Record<string, unknown>>): string[] =>
  [rest, ...(rules as object[])].flatMap(Object.keys).filter((key) => !known.includes(key))

const form = '{ "tool": "mytool", "rules": [{ "versions": ["<1.2.3"], "stop": "usage" }] }'

const forms: Readonly<Record<string, string>> = {
  versions: 'a list of exact versions, or of "<1.2.3"',
  stop: '"all", "crashes" or "usage"',
  sampleRate: 'a number from 0 to 1, or such numbers by operation',
}

const withDate = (content: object): object => ({ ...content, signed: new Date().toISOString() })

const rulesOf = (content: unknown): readonly (object | null)[] => {
  const { rules } = (content ?? {}) as { readonly rules?: unknown }
  return Array.isArray(rules) ? (rules as (object | null)[]) : []
}

/** The first invalid value of a rule, in words. */
const wrongIn = (content: unknown): string | undefined =>
  rulesOf(content)
    .flatMap((rule, at) => Object.entries(rule ?? {}).map(([key, value]) => ({ at, key, value: value as unknown })))
    .filter(({ key, value }) => !asControls(withDate({ tool: '', rules: [{ [key]: value }] })))
    .map(({ at, key }) => `"${key}" of rule ${at + 1} must be ${forms[key]}`)[0]

const contentOf = (path: string, what: string): Buffer => {
  try {
    return readFile(path, maxBytes)
  } catch (error) {
    throw new UsageError(`${what} ${why('read', error)}`, { cause: error })
  }
}

/** The controls in a file. Throws a UsageError that says what is wrong. */
const controlsIn = (path: string): Controls => {
  const text = contentOf(path, path).toString('utf8')
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${path} must be a file of JSON, at most ${maxBytes} bytes`, { cause: error })
  }
  const controls = asControls(withDate(content as object))
  if (!controls) throw new UsageError(`${path}: ${wrongIn(content) ?? `it must have the form ${form}`}`)
  const [unknown] = unknownKeys(content as Readonly<Record<string, unknown>>)
  if (unknown !== undefined)
    throw new UsageError(`${path} has the unknown key "${unknown}"; known are ${known.join(', ')}`)
  if (!appName().accepts(controls.tool)) throw new UsageError(`${path}: "tool" must be the name that app.name has`)
  return controls
}

/** Another kind of key would sign what no client takes. */
const privateKeyIn = (path: string): KeyObject => {
  const pem = contentOf(path, 'the file of --key')
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below.
  }
  throw new UsageError('the file of --key must hold a private key that "cq-telemetry controls keygen" has made')
}

/** Writes a new private key to a file that only this user can read. Throws if the file exists. */
export const keygen = ({ key }: { readonly key: string }): void => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  try {
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const own = { EEXIST: 'it is there already, and a new key would replace it: name another file' }
    throw new UsageError(`the file of --key ${why('written', error, own)}`, { cause: error })
  }
  writeWhole(1, `${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}\n`)
  say(`The private key is in ${key}: keep it secret. The public key is for the option controls.publicKey.`)
}

/** Prints the file with its signature. */
export const sign = (path: string, { key }: { readonly key: string }): void => {
  const text = signedText(controlsIn(path), privateKeyIn(key))
  if (Buffer.byteLength(text) > maxBytes)
    throw new UsageError(`${path} must have at most ${maxBytes} bytes when signed`)
  writeWhole(1, text)
}
