import { replace } from '../machine/write-file.ts'
import { asControls, type Controls, inForce } from './controls.ts'
import { readKeptFile } from './in-force.ts'

/** What an installation knows of its publisher's control file. */
export interface Kept {
  /** When it was last asked for, in milliseconds since 1970. */
  readonly asked: number
  /** What came of it, in words. */
  readonly answer: string
  /** The last file that was valid. */
  readonly controls?: Controls | undefined
  /** The version of the tool for which it is kept what is in force. */
  readonly version: string
}

export const readKept = (path: string): Kept | undefined => {
  const { asked, answer, controls, version } = readKeptFile(path) ?? {}
  if (typeof asked !== 'number' || typeof answer !== 'string') return undefined
  return { asked, answer, controls: asControls(controls), version: String(version) }
}

/** With what is in force, so that a command has nothing to work out. Throws if it cannot be written. */
export const keep = (path: string, kept: Kept): void =>
  replace(path, `${JSON.stringify({ ...kept, inForce: inForce(kept.controls, kept.version) })}\n`)
