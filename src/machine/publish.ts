import { filesIn } from './directory.ts'
import { readSmallFile } from './read-file.ts'
import { removeFile, writeTemporary } from './write-file.ts'
import { basename, fs, join } from './node.ts'

const { linkSync, lstatSync, mkdirSync, renameSync, rmdirSync } = fs

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const attempt = (change: () => void): void => {
  try {
    change()
  } catch {
    // Another process was first, or it is not possible here: the caller looks at what there is.
  }
}

/**
 * Publishes where links are forbidden (FAT, some network file systems, Android). A plain rename would replace the file of a
 * process that was first. A directory with a file in it is not replaced, so each process puts its file into a directory of
 * its own, and the first to rename that to `<path>.first` wins; anyone moves the winner's file to its place. Its name is
 * unique: a process that is late finds either the file of that name, or the published one.
 */
const publishWithoutLink = (temporary: string, path: string): void => {
  const own = `${temporary}.d`
  const first = `${path}.first`
  mkdirSync(own, { mode: 0o700 })
  renameSync(temporary, join(own, basename(temporary)))
  attempt(() => renameSync(own, first))
  const [winner] = filesIn(first)
  if (winner !== undefined && !isThere(path)) attempt(() => renameSync(winner, path))
  for (const directory of [own, first]) {
    // A file that is left in `first` belongs to another process until the published file is there.
    if (directory === own || isThere(path)) for (const file of filesIn(directory)) attempt(() => removeFile(file))
    attempt(() => rmdirSync(directory))
  }
}

/**
 * Creates a file with its whole content, unless one exists: returns false then. If several processes publish at once,
 * one wins. Not by an exclusive creation, after which other processes could read the file while it is still empty.
 * Throws if it cannot be written.
 */
export const publish = (path: string, text: string): boolean => {
  const temporary = writeTemporary(path, text)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    publishWithoutLink(temporary, path)
    const read = readSmallFile(path)
    if (read.kind === 'missing') throw error
    return read.kind === 'content' && read.text === text
  } finally {
    removeFile(temporary)
  }
}
