import { sha1 as digest } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { crypto, fs } from './node.ts'

const { closeSync, openSync, readSync } = fs

/**
 * Hashes and names that a run needs, without `node:crypto`: it takes 8 ms of a command that has no other use for it, and the
 * few hashes of a run take less than one.
 */

/** SHA-1 in hex. */
export const sha1 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)))

/** What is fetched from the system at once: the ids of five hundred spans. */
const poolBytes = 4096
const pool = Buffer.alloc(poolBytes)
let used = poolBytes

/** Throws where the system has no such device. */
const readDevice = (): void => {
  const descriptor = openSync('/dev/urandom', 'r')
  try {
    if (readSync(descriptor, pool) !== poolBytes) throw new Error('too short')
  } finally {
    closeSync(descriptor)
  }
}

const refill = (): void => {
  try {
    readDevice()
  } catch {
    crypto().randomFillSync(pool)
  }
  used = 0
}

/**
 * Hex digits that nobody else has. Not from `Math.random`, which OpenTelemetry takes: a host may give it a seed, and two runs
 * would have the same ids; and what a host draws from it must not depend on telemetry.
 */
export const randomHex = (digits: number): string => {
  const bytes = Math.ceil(digits / 2)
  if (used + bytes > poolBytes) refill()
  const text = pool.toString('hex', used, used + bytes)
  used += bytes
  return text.slice(0, digits)
}

/** A UUID of version 4. */
export const randomUuid = (): string =>
  [randomHex(8), randomHex(4), `4${randomHex(3)}`, `a${randomHex(3)}`, randomHex(12)].join('-')
