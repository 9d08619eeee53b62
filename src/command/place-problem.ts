import { accessSync, constants, lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasRoom } from '../machine/free-space.ts'
import { statOf } from '../machine/read-file.ts'
import type { Paths } from '../machine/layout.ts'

/** Finds out why nothing can be stored in the home, for `status` and `doctor`. */

/** The consequence of a problem with the place. */
export const keepsNothing = 'nothing can be kept, so nothing is recorded or sent, except in CI'

const canWrite = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** A link to nowhere is there too: no directory can be made in its place. */
const isThere = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/** The path or its nearest ancestor that exists. Missing directories below it would be created. */
export const nearestExisting = (path: string): string => (isThere(path) ? path : nearestExisting(dirname(path)))

/** The problem; undefined if there is none. Writes nothing. */
export const placeProblem = ({ files, noFiles }: Pick<Paths, 'files' | 'noFiles'>): string | undefined => {
  if (!files) return noFiles
  const place = nearestExisting(files.spool)
  if (!statOf(place)?.isDirectory() || !canWrite(place)) return `${place} cannot be written`
  if (!hasRoom(place)) return `the disk of ${place} is full`
  if (statOf(files.notice)?.isDirectory()) return `${files.notice} is a directory`
  return undefined
}
