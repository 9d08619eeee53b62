import { readBytes, replace } from '../machine/files.ts'
import { asControls, type Controls, maxBytes } from './controls.ts'

/** What an installation knows of its publisher's control file. */
export interface Kept {
  /** When it was last asked for, in milliseconds since 1970. */
  readonly asked: number
  /** What came of it, in words. */
  readonly answer: string
  /** The last file that was valid. */
  readonly controls?: Controls | undefined
}

/** Milliseconds between two requests for the control file. */
const askEveryMs = 86_400_000

/**
 * The child has checked the signature. It is not checked again, since loading `node:crypto` takes 8 ms, and whoever can
 * write this file can also switch telemetry off.
 */
export const readKept = (path: string): Kept | undefined => {
  try {
    const read = readBytes(path, 2 * maxBytes, 'us')
    if (read.kind !== 'content') return undefined
    const { asked, answer, controls } = JSON.parse(read.bytes.toString('utf8')) as Record<string, unknown>
    if (typeof asked !== 'number' || typeof answer !== 'string') return undefined
    return { asked, answer, controls: asControls(controls) }
  } catch {
    return undefined
  }
}

/** Throws if it cannot be written. */
export const keep = (path: string, kept: Kept): void => replace(path, `${JSON.stringify(kept)}\n`)

/** Whether the last request is a day ago. A time in the future comes from a wrong clock. */
export const isDue = (kept: Kept | undefined, now = Date.now()): boolean =>
  kept === undefined || now - kept.asked >= askEveryMs || kept.asked > now
