import { readSmallFile } from '../machine/read-file.ts'
import { removeFile, replace } from '../machine/write-file.ts'
import type { Layout } from '../machine/layout.ts'
import { fs } from '../machine/node.ts'
import { parseName } from './name.ts'

const { readdirSync } = fs

/**
 * A file with the id of a run whose crash report is in the spool. The next run on a terminal tells the user, who can
 * look at the report and delete it. Otherwise it is sent like every other span.
 */

/** Replaces the note by one about this run. Throws if it cannot be written. */
export const keepCrashNote = ({ crashNote }: Layout, id: string): void => replace(crashNote, `${id}\n`)

/** Removes the note. Returns true if there was one and its crash report is still in the spool. Never throws. */
export const takeCrashNote = ({ crashNote, spool }: Layout): boolean => {
  const read = readSmallFile(crashNote)
  if (read.kind !== 'content') return false
  try {
    removeFile(crashNote)
    return readdirSync(spool).some((name) => parseName(name)?.id === read.text.trim())
  } catch {
    return false
  }
}
