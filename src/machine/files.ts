import type { Dirent, Stats } from 'node:fs'
import { randomHex } from './ids.ts'
import { dirname, fs, join } from './node.ts'

const {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} = fs

/**
 * Reading and writing of small files, which another process may write at the same time or another user may have
 * planted.
 */

type Unread =
  | { readonly kind: 'missing' }
  | { readonly kind: 'directory' }
  /** Not a regular file, no permission, or larger than any file that this package writes. */
  | { readonly kind: 'unreadable' }

/**
 * `own`: the file belongs to the user who runs this process. `ours`: and no other user can write to it.
 */
type Content<T> = T & { readonly kind: 'content'; readonly own: boolean; readonly ours: boolean }
export type Read = Content<{ readonly text: string }> | Unread
type ReadBytes = Content<{ readonly bytes: Buffer }> | Unread

const ownUid = (): number | undefined => process.geteuid?.()

/** It belongs to this user. Windows has no such ids. */
const isOwn = ({ uid }: Stats): boolean => {
  const own = ownUid()
  return own === undefined || uid === own
}

/** It belongs to this user, and no other user can write to it. Windows has no such permission bits. */
const isOurs = (stats: Stats): boolean => isOwn(stats) && (ownUid() === undefined || (stats.mode & 0o022) === 0)

export const isOwnDirectory = (stats: Stats): boolean => stats.isDirectory() && isOurs(stats)

/** Who may own the file: any user, or only the one who runs this process. */
type AllowedOwner = 'anyone' | 'us'

const readDescriptor = (descriptor: number, maxBytes: number, owner: AllowedOwner): ReadBytes => {
  const stats = fstatSync(descriptor)
  if (stats.isDirectory()) return { kind: 'directory' }
  if (!stats.isFile() || stats.size > maxBytes) return { kind: 'unreadable' }
  if (owner === 'us' && !isOurs(stats)) return { kind: 'unreadable' }
  const buffer = Buffer.alloc(stats.size)
  const length = readSync(descriptor, buffer, 0, buffer.length, 0)
  return { kind: 'content', bytes: buffer.subarray(0, length), own: isOwn(stats), ours: isOurs(stats) }
}

/**
 * Reads a regular file of at most `maxBytes`. Opens it non-blocking: a FIFO would otherwise hold the command until
 * another process writes to it. With the owner `us`, symbolic links are not followed.
 */
export const readBytes = (
  path: string,
  maxBytes: number,
  owner: AllowedOwner = 'anyone',
  followLinks = owner === 'anyone',
): ReadBytes => {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants
  let descriptor: number
  try {
    descriptor = openSync(path, O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') return { kind: 'directory' }
    return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable' }
  }
  try {
    return readDescriptor(descriptor, maxBytes, owner)
  } catch {
    return { kind: 'unreadable' }
  } finally {
    closeSync(descriptor)
  }
}

const codes = { missing: 'ENOENT', directory: 'EISDIR', unreadable: 'no readable file, or too large' } as const

/** Like `readBytes`, but throws an error with a code, e.g. `ENOENT`, where there is no content. */
export const readFile = (path: string, maxBytes: number): Buffer => {
  const read = readBytes(path, maxBytes)
  if (read.kind === 'content') return read.bytes
  throw Object.assign(new Error(`${path} cannot be read`), { code: codes[read.kind] })
}

/** Longer than any of the files that are read as small ones. */
const smallBytes = 4096

/** Reads one of our own files, which is no symbolic link. */
export const readSmallFile = (path: string): Read => {
  const read = readBytes(path, smallBytes, 'anyone', false)
  if (read.kind !== 'content') return read
  const { bytes, own, ours } = read
  return { kind: 'content', text: bytes.toString('utf8'), own, ours }
}

/** Creates a file that only this user can read, and opens it for writing. Throws if it exists. */
export const openNew = (path: string): number =>
  openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)

/** Like `openNew`, for writing and reading: a child process reads through the descriptor that it inherits. */
export const openNewReadable = (path: string): number =>
  openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)

const writeTo = (descriptor: number, text: string): void => {
  try {
    writeSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

const { O_WRONLY, O_APPEND, O_CREAT, O_TRUNC, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants

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
 * Writes to a file in one step where it can be opened, else in the place of what is there (a link, a FIFO). Not atomic: for
 * what may be lost.
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

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/**
 * Makes a directory of our own and those above it that do not exist. Throws where it cannot be made. Not with Node's option
 * `recursive`: below `/proc`, where a directory neither exists nor can be made, it never returns.
 */
export const makeDirectory = (path: string): void => {
  const make = () => {
    try {
      mkdirSync(path, { mode: 0o700 })
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
  }
  try {
    make()
  } catch (error) {
    const parent = dirname(path)
    if (!isCode(error, 'ENOENT') || parent === path) throw error
    makeDirectory(parent)
    make()
  }
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

/**
 * Creates a directory if needed. Throws if another user owns it or can write to it, or if it or the directory above it is a
 * symbolic link. Looks first: in most runs the directory exists, and each call may take 20 ms on a network's file system.
 */
export const makeOwnDirectory = (path: string): void => {
  if (lstatSync(dirname(path), { throwIfNoEntry: false })?.isSymbolicLink()) throw new Error(`${path} is behind a link`)
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (!before) makeDirectory(path)
  if (!isOwnDirectory(before ?? lstatSync(path)))
    throw new Error(`${path} belongs to someone else, or others may write to it`)
}

export const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The entries of a directory; none if it, or the directory above it, is a symbolic link, which may lead to anything. */
export const entriesIn = (directory: string): Dirent[] => {
  try {
    if (![directory, dirname(directory)].every((path) => lstatSync(path).isDirectory())) return []
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Paths of the regular files among them. */
export const filesIn = (directory: string): string[] =>
  entriesIn(directory).flatMap((entry) => (entry.isFile() ? [join(directory, entry.name)] : []))
