import { makeDirectory } from './directory.ts'
import { randomHex } from './ids.ts'
import { dirname, fs } from './node.ts'

const { closeSync, constants, openSync, renameSync, unlinkSync, writeFileSync, writeSync } = fs
const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } = constants
/** Windows has neither. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants

/** Writes files that only this user can read, in places where another user may have planted something. */

/** Creates a file that only this user can read, and opens it for writing. Throws if it exists. */
export const openNew = (path: string): number => openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)

/** Like `openNew`, for writing and reading: a child process reads through the descriptor that it inherits. */
export const openNewReadable = (path: string): number => openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)

const writeTo = (descriptor: number, text: string): void => {
  try {
    writeSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

/** Creates a file that only this user can read, with this text. Throws if it exists. */
export const writeNew = (path: string, text: string): void => writeTo(openNew(path), text)

/** Adds to a file that only this user can read; creates it if needed. */
export const append = (path: string, text: string): void =>
  writeTo(openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600), text)

/** Removes a file if it exists. Node's `rmSync` is avoided: it takes a millisecond to load its code for directories. */
export const removeFile = (path: string): void => {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/**
 * Overwrites a file in place. If it cannot be opened (a link, a FIFO), a new file replaces it. Not atomic, so only for
 * content that may be lost.
 */
export const overwrite = (path: string, text: string): void => {
  let descriptor
  try {
    descriptor = openSync(path, O_WRONLY | O_TRUNC | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600)
  } catch {
    removeFile(path)
    descriptor = openNew(path)
  }
  writeTo(descriptor, text)
}

/** Writes a complete file under a random name beside `path`, and returns that name. If it throws, no file is left. */
export const writeTemporary = (path: string, content: string | Buffer): string => {
  makeDirectory(dirname(path))
  const temporary = `${path}.${randomHex(12)}.tmp`
  const descriptor = openNew(temporary)
  try {
    writeFileSync(descriptor, content)
  } catch (error) {
    removeFile(temporary)
    throw error
  } finally {
    closeSync(descriptor)
  }
  return temporary
}

/** Moves a temporary file to its place. If it throws, no temporary file is left. */
export const moveTemporary = (temporary: string, path: string): void => {
  try {
    renameSync(temporary, path)
  } catch (error) {
    removeFile(temporary)
    throw error
  }
}

/** Creates or replaces a file atomically. If it throws, no temporary file is left. */
export const replace = (path: string, content: string | Buffer): void =>
  moveTemporary(writeTemporary(path, content), path)
