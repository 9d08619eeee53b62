import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname, isAbsolute, relative, sep } from 'node:path'
import { why } from './why.ts'

/** Writes into a user's project: never outside of it, and never through a link. */

/** Whether the name is taken, even by a dangling link. */
export const isTaken = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const nearestExisting = (path: string): string => (isTaken(path) ? path : nearestExisting(dirname(path)))

/** Whether the directory lies in the project, after all links are followed. Throws for a dangling link. */
const isInside = (directory: string, project: string): boolean => {
  const way = relative(realpathSync(project), realpathSync(nearestExisting(directory)))
  // On Windows, the way to another drive is absolute.
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Writes the text to a new file, which then replaces the old one. A link is replaced and not followed. */
const replaceBy = (path: string, text: string): void => {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const descriptor = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666)
  try {
    writeSync(descriptor, text)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** Creates or replaces a file of a project. Throws an error that names the file if it cannot be written. */
export const writeInto = (project: string, path: string, text: string): void => {
  const directory = dirname(path)
  try {
    if (!isInside(directory, project))
      throw Object.assign(new Error('outside'), { code: 'it is outside of the project, perhaps through a link' })
    mkdirSync(directory, { recursive: true })
    replaceBy(path, text)
  } catch (error) {
    throw new Error(`${path} ${why('written', error)}`, { cause: error })
  }
}
