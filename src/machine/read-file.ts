import type { Stats } from 'node:fs'
import { isOurs, isOwn } from './file-owner.ts'
import { fs } from './node.ts'

const { closeSync, constants, fstatSync, openSync, readSync, statSync } = fs

/** Reads files that another process may write at the same time, or that another user may have planted. */

type Unread =
  | { readonly kind: 'missing' }
  | { readonly kind: 'directory' }
  /** Not a regular file, no permission, or larger than any file that this package writes. */
  | { readonly kind: 'unreadable' }

/** `own`: the file belongs to the user who runs this process. `ours`: in addition, no other user can write to it. */
type Content<T> = T & { readonly kind: 'content'; readonly own: boolean; readonly ours: boolean }
export type Read = Content<{ readonly text: string }> | Unread
type ReadBytes = Content<{ readonly bytes: Buffer }> | Unread

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

/** In bytes. Our small files are shorter. */
const smallBytes = 4096

/** Reads one of our own small files. A symbolic link counts as unreadable. */
export const readSmallFile = (path: string): Read => {
  const read = readBytes(path, smallBytes, 'anyone', false)
  if (read.kind !== 'content') return read
  const { bytes, own, ours } = read
  return { kind: 'content', text: bytes.toString('utf8'), own, ours }
}

export const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
