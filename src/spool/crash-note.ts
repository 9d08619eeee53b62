import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSmallFile, removeFile, replace } from '../policy/files.ts'
import { parseName } from './name.ts'

/**
 * Which file of the spool has a crash report: the next run on a terminal says that it waits, if it still does, so that it
 * can be looked at and dropped. It is sent like the rest.
 */

const noteIn = (directory: string): string => join(directory, 'crashed')

/** Throws where it cannot be written. */
export const keepCrashNote = (directory: string, id: string): void => replace(noteIn(directory), `${id}\n`)

/** Whether a report waits that nobody has been told of; it counts as told from then on. Never throws. */
export const takeCrashNote = (directory: string, spool: string): boolean => {
  const read = readSmallFile(noteIn(directory))
  if (read.kind !== 'content') return false
  try {
    removeFile(noteIn(directory))
    return readdirSync(spool).some((name) => parseName(name)?.id === read.text.trim())
  } catch {
    return false
  }
}
