import { replace } from '../machine/write-file.ts'
import { asControls, type Controls, inForce } from './controls.ts'
import { readKeptFile } from './in-force.ts'

/** What an installation has stored of its publisher's control file. */
export interface Kept {
  /** The time of the last request, in milliseconds since 1970. */
  readonly asked: number
  /** The result of that request, in words. */
  readonly answer: string
  /** The last file that was valid. */
  readonly controls?: Controls | undefined
  /** The version of the tool that the rules in force were worked out for. */
  readonly version: string
}

export const readKept = (path: string): Kept | undefined => {
  const { asked, answer, controls, version } = readKeptFile(path) ?? {}
  if (typeof asked !== 'number' || typeof answer !== 'string') return undefined
  return { asked, answer, controls: asControls(controls), version: String(version) }
}

/**
 * Stores it together with the rules in force, so that a command has nothing to work out. Throws if it cannot be
 * written.
 */
export const keep = (path: string, kept: Kept): void =>
  replace(path, `${JSON.stringify({ ...kept, inForce: inForce(kept.controls, kept.version) })}\n`)
