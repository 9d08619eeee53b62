import type { Dirent } from 'node:fs'
import { isOurs } from './file-owner.ts'
import { dirname, fs, join } from './node.ts'

const { lstatSync, mkdirSync, readdirSync } = fs

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/**
 * Makes a directory that only this user can enter, and those above it that do not exist. Throws if it cannot. Node's
 * option `recursive` is not used: below `/proc`, where no directory can be made, it never returns.
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

/**
 * Creates a directory if needed. Throws if another user owns it or can write to it, or if it or the directory above it
 * is a symbolic link. It checks for the directory first, since most runs find it, and each call may take 20 ms on a
 * network file system.
 */
export const makeOwnDirectory = (path: string): void => {
  if (lstatSync(dirname(path), { throwIfNoEntry: false })?.isSymbolicLink()) throw new Error(`${path} is behind a link`)
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (!before) makeDirectory(path)
  const stats = before ?? lstatSync(path)
  if (!stats.isDirectory() || !isOurs(stats))
    throw new Error(`${path} belongs to someone else, or others may write to it`)
}

/**
 * The entries of a directory. None if it or the directory above it is a symbolic link, since a link may lead anywhere.
 */
export const entriesIn = (directory: string): Dirent[] => {
  try {
    if (![directory, dirname(directory)].every((path) => lstatSync(path).isDirectory())) return []
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return []
  }
}

/** The paths of the regular files in a directory. */
export const filesIn = (directory: string): string[] =>
  entriesIn(directory).flatMap((entry) => (entry.isFile() ? [join(directory, entry.name)] : []))
