import { readBytes } from '../machine/read-file.ts'
import type { Rate } from './rates.ts'

/** What a version of a tool must leave out, according to its publisher. */
export interface InForce {
  readonly crashes: boolean
  readonly usage: boolean
  /** The lowest rate applies. */
  readonly rates: readonly Rate[]
}

/** Most bytes of a control file with its signature. The kept file is less than twice as long. */
export const maxBytes = 16_384

const askEveryMs = 86_400_000

/**
 * Whether the control file may be requested: a day after the last request, or if its time is unknown. A time in the
 * future comes from a wrong clock.
 */
export const isDue = (asked: number): boolean => {
  const ago = Date.now() - asked
  return !(ago >= 0 && ago < askEveryMs)
}

/**
 * The kept file, which the user can edit. The child has checked the signature. It is not checked again, since loading
 * `node:crypto` takes 8 ms, and anyone who can write this file can also switch telemetry off.
 */
export const readKeptFile = (path: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const read = readBytes(path, 2 * maxBytes, 'us')
    return read.kind === 'content' ? (JSON.parse(read.bytes.toString('utf8')) as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/**
 * What a child has found to be in force for this version, and whether a child may request the file again. For another
 * version nothing is known: after an update, the first child finds it out.
 */
export const readInForce = (path: string, version: string): Partial<InForce> & { readonly isDue: boolean } => {
  const { asked, version: found, inForce } = readKeptFile(path) ?? {}
  return { ...(found === version && (inForce as InForce)), isDue: isDue(asked as number) }
}
