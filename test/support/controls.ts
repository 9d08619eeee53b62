import { generateKeyPairSync } from 'node:crypto'
import type { Controls, Rule } from '../../src/controls/controls.ts'
import { signedText } from '../../src/controls/signature.ts'

/** A publisher's keys, and control files that they have signed. */

export const newKeys = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  }
}

export const keys = newKeys()

export const controlsOf = (rules: readonly Rule[], more: Partial<Controls> = {}): Controls => ({
  tool: 'cloudquery',
  signed: '2026-11-02T00:00:00.000Z',
  rules,
  ...more,
})

export const signedFile = (rules: readonly Rule[], more: Partial<Controls> = {}, { privateKey } = keys): string =>
  signedText(controlsOf(rules, more), privateKey)
