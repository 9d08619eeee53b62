import type { Stats } from 'node:fs'
import { randomHex } from './ids.ts'
import { dirname, fs, join } from './node.ts'

const {
  closeSync,
  constants,
  fstatSync,
  linkSync,
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

export type Read = { readonly kind: 'content'; readonly text: string } | Unread
type ReadBytes = { readonly kind: 'content'; readonly bytes: Buffer } | Unread

const ownUid = (): number | undefined => process.geteuid?.()

/** It belongs to this user, and no other user can write to it. Windows has no such permission bits. */
const isOurs = ({ uid, mode }: Stats): boolean => {
  const own = ownUid()
  return own === undefined || (uid === own && (mode & 0o022) === 0)
}

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
  return { kind: 'content', bytes: buffer.subarray(0, length) }
}

/**
 * Reads a regular file of at most `maxBytes`. Opens it non-blocking: a FIFO would otherwise hold the command until
 * another process writes to it. With the owner `us`, symbolic links are not followed.
 */
export const readBytes = (path: string, maxBytes: number, owner: AllowedOwner = 'anyone'): ReadBytes => {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants
  let descriptor: number
  try {
    descriptor = openSync(path, O_RDONLY | O_NONBLOCK | (owner === 'us' ? O_NOFOLLOW : 0))
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

export const readSmallFile = (path: string): Read => {
  const read = readBytes(path, smallBytes)
  return read.kind === 'content' ? { kind: 'content', text: read.bytes.toString('utf8') } : read
}

/** Creates a file that only this user can read, and opens it for writing. Throws if it exists. */
export const openNew = (path: string): number =>
  openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)

/** Like `openNew`, for writing and reading: a child process reads through the descriptor that it inherits. */
export const openNewReadable = (path: string): number =>
  openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)

/** Adds to a file that only this user can read; creates it if needed. */
export const append = (path: string, text: string): void => {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants
  const descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o600)
  try {
    writeSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

/** Removes a file if it exists. Node's `rmSync` is avoided: it takes a millisecond to load its code for directories. */
export const removeFile = (path: string): void => {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
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

/** Writes a complete file under a random name beside `path`, and returns that name. */
const writeTemporary = (path: string, content: string | Buffer): string => {
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

/**
 * Creates a file with its whole content, unless one exists: returns false then. If several processes publish at once,
 * one wins. Through a link, because after an exclusive creation other processes could read the file while it is still
 * empty. Throws if it cannot be written.
 */
export const publish = (path: string, text: string): boolean => {
  const temporary = writeTemporary(path, text)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    removeFile(temporary)
  }
}

/** Creates or replaces a file atomically. If it throws, no temporary file is left. */
export const replace = (path: string, content: string | Buffer): void => {
  const temporary = writeTemporary(path, content)
  try {
    renameSync(temporary, path)
  } catch (error) {
    removeFile(temporary)
    throw error
  }
}

/**
 * Creates a directory if needed. Throws if another user owns it or can write to it, or if it or the directory above it is a
 * symbolic link.
 */
export const makeOwnDirectory = (path: string): void => {
  if (lstatSync(dirname(path), { throwIfNoEntry: false })?.isSymbolicLink()) throw new Error(`${path} is behind a link`)
  makeDirectory(path)
  if (!isOwnDirectory(lstatSync(path))) throw new Error(`${path} belongs to someone else, or others may write to it`)
}

/** Whether this is a regular file of this user, no symbolic link, that no other user can write to. */
export const isOwnFile = (path: string): boolean => {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && stats.isFile() && isOurs(stats)
}

export const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/**
 * Paths of the regular files in a directory; none if it, or the directory above it, is a symbolic link, which may lead to
 * files that are not ours.
 */
export const filesIn = (directory: string): string[] => {
  try {
    if (![directory, dirname(directory)].every((path) => lstatSync(path).isDirectory())) return []
    const entries = readdirSync(directory, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isFile() ? [join(directory, entry.name)] : []))
  } catch {
    return []
  }
}
