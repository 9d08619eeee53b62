import type { KeyObject } from 'node:crypto'
import { crypto } from '../machine/node.ts'
import { asControls, type Controls } from './controls.ts'
import { maxBytes } from './kept.ts'

/** A control file is one line of JSON, and a line with the base64 of its Ed25519 signature. */
export const signedText = (controls: Controls, privateKey: string | KeyObject): string => {
  const line = JSON.stringify(controls)
  return `${line}\n${crypto().sign(null, Buffer.from(line), privateKey).toString('base64')}\n`
}

const isSignedBy = (publicKey: string, line: string, signature: string): boolean => {
  try {
    const key = crypto().createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    return crypto().verify(null, Buffer.from(line), key, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

const parsed = (line: string): Controls | undefined => {
  try {
    return asControls(JSON.parse(line))
  } catch {
    return undefined
  }
}

/**
 * The controls of a signed file, or the reason why it is rejected. A shell or an editor may have changed the ends of its lines, or
 * put a byte order mark before it.
 */
export const verified = (text: string, publicKey: string, tool: string): Controls | string => {
  if (Buffer.byteLength(text) > maxBytes) return 'it is too large'
  const [line = '', signature = '', ...rest] = text.trim().split(/\r?\n/)
  if (rest.length > 0 || !isSignedBy(publicKey, line, signature)) return 'its signature is wrong'
  const controls = parsed(line)
  if (!controls) return 'it is not a control file'
  return controls.tool === tool ? controls : 'it is for another tool'
}
