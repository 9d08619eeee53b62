import { writeFileSync } from 'node:fs'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { isObject } from '../api/check-options.ts'
import { isBetween } from '../api/checks.ts'
import { asControls, type Controls, stops } from '../controls/controls.ts'
import { maxBytes } from '../controls/kept.ts'
import { signedText } from '../controls/signature.ts'
import { isVersionRange } from '../controls/versions.ts'
import { readFile } from '../machine/read-file.ts'
import { writeWhole } from '../machine/output.ts'
import { appName } from '../schema/shapes.ts'
import { say, UsageError } from './setting.ts'
import { why } from './why.ts'

/** The commands `controls keygen` and `controls sign`, for the publisher of a tool. */

const form = '{ "tool": "mytool", "rules": [{ "versions": ["<1.2.3"], "stop": "usage" }] }'

/** The values of a rule. A client would read any other value as the one that reduces most. */
const forms: Readonly<Record<string, { readonly accepts: (value: unknown) => boolean; readonly text: string }>> = {
  versions: {
    accepts: (value) => Array.isArray(value) && value.every(isVersionRange),
    text: 'a list of exact versions, or of "<1.2.3"',
  },
  stop: { accepts: (value) => stops.some((each) => each === value), text: '"all", "crashes" or "usage"' },
  sampleRate: {
    accepts: (value) => (isObject(value) ? Object.values(value) : [value]).every(isBetween(0, 1)),
    text: 'a number from 0 to 1, or such numbers by operation',
  },
}

const withDate = (content: object): object => ({ ...content, signed: new Date().toISOString() })

/** A client would ignore an unknown key, so here it is a mistake. */
const unknownIn = (content: object, known: readonly string[]): string[] =>
  Object.keys(content)
    .filter((key) => !known.includes(key))
    .map((key) => `it has the unknown key "${key}"; known are ${known.join(', ')}`)

const wrongInRule = (rule: object): string[] => [
  ...unknownIn(rule, Object.keys(forms)),
  ...Object.entries(rule).flatMap(([key, value]) => {
    const expected = Object.hasOwn(forms, key) ? forms[key] : undefined
    return !expected || expected.accepts(value) ? [] : [`"${key}" must be ${expected.text}`]
  }),
]

/** What is wrong in a file that has the form of controls. */
const wrongIn = (content: object, { tool, rules }: Controls): string[] => [
  ...unknownIn(content, ['tool', 'rules']),
  ...(appName().accepts(tool) ? [] : ['"tool" must be the name that app.name has']),
  ...rules.flatMap((rule, at) => wrongInRule(rule).map((wrong) => `rule ${at + 1}: ${wrong}`)),
]

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
  if (!controls) throw new UsageError(`${path}: it must have the form ${form}`)
  const [wrong] = wrongIn(content as object, controls)
  if (wrong !== undefined) throw new UsageError(`${path}: ${wrong}`)
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
