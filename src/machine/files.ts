import { dirname, join } from 'node:path'
import type { Stats } from 'node:fs'
import { randomHex } from './ids.ts'
import { fs } from './node.ts'

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
} = fs

/** Reading and writing of small files that someone else may have put there, or be writing at the same time. */

type Unread =
  | { readonly kind: 'missing' }
  | { readonly kind: 'directory' }
  /** There is something, but it cannot be read as a regular file, or it is larger than any of ours. */
  | { readonly kind: 'unreadable' }

export type Read = { readonly kind: 'content'; readonly text: string } | Unread
type ReadBytes = { readonly kind: 'content'; readonly bytes: Buffer } | Unread

const ownUid = (): number | undefined => process.geteuid?.()

/** It belongs to this user, and nobody else may write to it. Windows has no such bits. */
const isOurs = ({ uid, mode }: Stats): boolean => {
  const own = ownUid()
  return own === undefined || (uid === own && (mode & 0o022) === 0)
}

export const isOwnDirectory = (stats: Stats): boolean => stats.isDirectory() && isOurs(stats)

/** Whose file it may be. */
type From = 'anybody' | 'us'

const readDescriptor = (descriptor: number, maxBytes: number, from: From): ReadBytes => {
  const stats = fstatSync(descriptor)
  if (stats.isDirectory()) return { kind: 'directory' }
  if (!stats.isFile() || stats.size > maxBytes) return { kind: 'unreadable' }
  if (from === 'us' && !isOurs(stats)) return { kind: 'unreadable' }
  const buffer = Buffer.alloc(stats.size)
  const length = readSync(descriptor, buffer, 0, buffer.length, 0)
  return { kind: 'content', bytes: buffer.subarray(0, length) }
}

/**
 * A file that has more than so many bytes is somebody else's, and reading it could take for ever. Not blocking, since a
 * FIFO of that name would otherwise hold the command until someone writes to it. What only we may have written is not
 * looked for behind a link.
 */
export const readBytes = (path: string, maxBytes: number, from: From = 'anybody'): ReadBytes => {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants
  let descriptor: number
  try {
    descriptor = openSync(path, O_RDONLY | O_NONBLOCK | (from === 'us' ? O_NOFOLLOW : 0))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') return { kind: 'directory' }
    return { kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable' }
  }
  try {
    return readDescriptor(descriptor, maxBytes, from)
  } catch {
    return { kind: 'unreadable' }
  } finally {
    closeSync(descriptor)
  }
}

/** No small file of ours is longer. */
const smallBytes = 4096

export const readSmallFile = (path: string): Read => {
  const read = readBytes(path, smallBytes)
  return read.kind === 'content' ? { kind: 'content', text: read.bytes.toString('utf8') } : read
}

/** A file of our own, open for writing: it did not exist before, and nobody else can read it. */
export const openNew = (path: string): number =>
  openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)

/** The same, to be read by a process that is handed the descriptor. */
export const openExchange = (path: string): number =>
  openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), 0o600)

/** Removes a file that may be gone already. Node's own `rmSync` loads a millisecond of code for directories. */
export const removeFile = (path: string): void => {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** A file beside `path`, complete and closed, under a name that nobody knows. */
const writeBeside = (path: string, content: string | Buffer): string => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
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
 * Publishes the text under `path` unless something is there. Of several at once one wins, and nobody ever sees a part
 * of it: a link appears whole, where exclusive creation leaves a moment in which the file is empty.
 * Returns false if there was something. Throws where it cannot be written.
 */
export const publish = (path: string, text: string): boolean => {
  const temporary = writeBeside(path, text)
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

/** Puts it in the place of whatever is there. Throws where it cannot be written, and then leaves nothing behind. */
export const replace = (path: string, content: string | Buffer): void => {
  const temporary = writeBeside(path, content)
  try {
    renameSync(temporary, path)
  } catch (error) {
    removeFile(temporary)
    throw error
  }
}

/** Makes a directory of our own. Not through a link: what is behind one may be someone else's. Throws where it is not ours. */
export const makeOwnDirectory = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (!isOwnDirectory(lstatSync(path))) throw new Error(`${path} belongs to someone else, or others may write to it`)
}

export const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Paths of the files in a directory. None behind a link: what is there may be somebody else's. */
export const filesIn = (directory: string): string[] => {
  try {
    if (!lstatSync(directory).isDirectory()) return []
    return readdirSync(directory).map((name) => join(directory, name))
  } catch {
    return []
  }
}
