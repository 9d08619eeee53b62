import { readSmallFile, removeFile, replace } from '../machine/files.ts'
import type { Layout } from '../machine/layout.ts'
import { fs } from '../machine/node.ts'
import { parseName } from './name.ts'

const { readdirSync } = fs

/**
 * The id of a run whose crash report is in the spool. The next run on a terminal says that the report waits, so that the
 * user can look at it and drop it; it is sent like everything else.
 */

/** Throws where it cannot be written. */
export const keepCrashNote = ({ crashNote }: Layout, id: string): void => replace(crashNote, `${id}\n`)

/** Whether a crash report waits of which the user has not been told; from now on the user has been. Never throws. */
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
