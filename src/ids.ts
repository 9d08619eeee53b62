import { sha1 as digest } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * Hashes and names that a run needs, without `node:crypto`: it takes 8 ms of a command that has no other use for it, and the
 * few hashes of a run take less than one.
 */

/** SHA-1 in hex. */
export const sha1 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)))

/** Hex digits that nobody else has; unique, not secret, and from the generator that OpenTelemetry makes its ids with. */
export const randomHex = (digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join('')

/** A UUID of version 4, likewise. */
export const randomUuid = (): string =>
  [randomHex(8), randomHex(4), `4${randomHex(3)}`, `a${randomHex(3)}`, randomHex(12)].join('-')
