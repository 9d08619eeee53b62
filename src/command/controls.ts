import { writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { asControls, type Controls } from '../controls/controls.ts'
import { maxBytes } from '../controls/in-force.ts'
import { signedText } from '../controls/signature.ts'
import { readFile } from '../machine/read-file.ts'
import { writeWhole } from '../machine/output.ts'
import { say, UsageError } from './setting.ts'

/** The commands `controls keygen` and `controls sign`, for the publisher of a tool. */

const known = ['tool', 'rules', 'versions', 'stop', 'sampleRate']

/** The unknown keys of a file. A client would ignore such a key, so here it is a mistake. */
const unknownKeys = ({ rules, ...rest }: Readonly<Record<string, unknown>>): string[] =>
  [rest, ...(rules as object[])].flatMap(Object.keys).filter((key) => !known.includes(key))

const form = '{ "tool": "mytool", "rules": [{ "versions": ["<1.2.3"], "stop": "usage" }] }'

/** The controls in a file. Throws a UsageError that says what is wrong. */
const controlsIn = (path: string): Controls => {
  let content: unknown
  try {
    content = JSON.parse(readFile(path, maxBytes).toString('utf8'))
  } catch {
    throw new UsageError(`${path} must be a file of JSON, at most ${maxBytes} bytes`)
  }
  const controls = asControls({ ...(content as object), signed: new Date().toISOString() })
  if (!controls) throw new UsageError(`${path} must have the form ${form}`)
  const [unknown] = unknownKeys(content as Readonly<Record<string, unknown>>)
  if (unknown !== undefined)
    throw new UsageError(`${path} has the unknown key "${unknown}"; known are ${known.join(', ')}`)
  return controls
}

/** Writes a new private key to a file that only this user can read. Throws if the file exists. */
export const keygen = ({ key }: { readonly key: string }): void => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' })
  writeWhole(1, `${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}\n`)
  say(`The private key is in ${key}: keep it secret. The public key is for the option controls.publicKey.`)
}

/** Prints the file with its signature. */
export const sign = (path: string, { key }: { readonly key: string }): void => {
  const text = signedText(controlsIn(path), readFile(key, maxBytes))
  if (Buffer.byteLength(text) > maxBytes)
    throw new UsageError(`${path} must have at most ${maxBytes} bytes when signed`)
  writeWhole(1, text)
}
