import { sha1 as digest } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { crypto, fs } from './node.ts'

const { closeSync, openSync, readSync } = fs

/**
 * Hashes and random ids without `node:crypto`, which takes 8 ms to load. In JavaScript the few hashes of a run take
 * less than 1 ms.
 */

/** Returns hex digits. */
export const sha1 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)))

/** The size of a block of random bytes from the system, enough for the ids of about 500 spans. */
const poolBytes = 4096
const pool = Buffer.alloc(poolBytes)
let used = poolBytes

/** Fills the pool from the device. Throws if the system has no such device (Windows). */
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
 * Random hex digits. `Math.random`, which OpenTelemetry uses, is avoided: a host may have seeded it, so that two runs
 * would have the same ids, and calling it would change the numbers that the host gets.
 */
export const randomHex = (digits: number): string => {
  const bytes = Math.ceil(digits / 2)
  if (used + bytes > poolBytes) refill()
  const text = pool.toString('hex', used, used + bytes)
  used += bytes
  return text.slice(0, digits)
}

/** A version 4 UUID. */
export const randomUuid = (): string =>
  [randomHex(8), randomHex(4), `4${randomHex(3)}`, `a${randomHex(3)}`, randomHex(12)].join('-')
