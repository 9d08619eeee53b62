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
    // Another process was faster, or linking is not possible here. The caller checks which files exist.
  }
}

/**
 * Publishes where links are forbidden (FAT, some network file systems, Android). A plain rename would replace the file
 * of a faster process. A directory with a file in it cannot be replaced, so each process puts its file into a directory
 * of its own. The first to rename its directory to `<path>.first` wins, and any process then moves the winner's file to
 * its place. The file has a unique name, so a late process finds either that file or the published one.
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
    // Until the published file exists, a file in `first` belongs to another process.
    if (directory === own || isThere(path)) for (const file of filesIn(directory)) attempt(() => removeFile(file))
    attempt(() => rmdirSync(directory))
  }
}

/**
 * Creates a file with its whole content. Returns false if one exists. If several processes publish at once, one wins.
 * Exclusive creation is not used, since other processes could then read the file while it is still empty. Throws if the
 * file cannot be written.
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
