import { readBytes } from '../machine/read-file.ts'
import { replace } from '../machine/write-file.ts'
import { asControls, type Controls } from './controls.ts'

/** What an installation has stored of its publisher's control file. */
export interface Kept {
  /** The time of the last request, in milliseconds since 1970. */
  readonly asked: number
  /** The result of that request, in words. */
  readonly answer: string
  /** The last file that was valid. */
  readonly controls?: Controls | undefined
}

/** Most bytes of a control file with its signature. The kept file is less than twice as long. */
export const maxBytes = 16_384

const askEveryMs = 86_400_000

/**
 * Whether the control file may be requested: a day after the last request, or if its time is unknown. A time in the future comes
 * from a wrong clock.
 */
export const isDue = (asked = Number.NaN): boolean => {
  const ago = Date.now() - asked
  return !(ago >= 0 && ago < askEveryMs)
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && !Number.isNaN(new Date(value).getTime())

/**
 * The kept file, which the user can edit. The child has checked the signature. It is not checked again, since loading
 * `node:crypto` takes 8 ms, and anyone who can write this file can also switch telemetry off.
 */
export const readKeptFile = (path: string): Partial<Readonly<Record<keyof Kept, unknown>>> => {
  try {
    const read = readBytes(path, 2 * maxBytes, 'us')
    return read.kind === 'content' ? ((JSON.parse(read.bytes.toString('utf8')) as object | null) ?? {}) : {}
  } catch {
    return {}
  }
}

/** Undefined if no child has stored one. */
export const readKept = (path: string): Kept | undefined => {
  const { asked, answer, controls } = readKeptFile(path)
  if (!isTime(asked) || typeof answer !== 'string') return undefined
  return { asked, answer, controls: asControls(controls) }
}

/** Throws if it cannot be written. */
export const keep = (path: string, kept: Kept): void => replace(path, `${JSON.stringify(kept)}\n`)
