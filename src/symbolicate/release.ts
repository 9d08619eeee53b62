import { realpathSync, statSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { readBytes } from '../machine/read-file.ts'
import { filesInArchive } from './tar.ts'

/** A release of a tool: a folder or an archive with a package, and perhaps with others in its `node_modules`. */
export interface Release {
  /** The path that the user gave. */
  readonly path: string
  readonly name: string
  readonly version: string
  /** Reads a file by its path in the release, with `/`. Returns undefined if the release has no such file. */
  read(file: string): Buffer | undefined
}

/** The most bytes of a file of code or of a source map. */
export const maxFileBytes = 64_000_000
const maxArchiveBytes = 256_000_000

type ReadFile = Release['read']

/** Whether a relative path stays below its folder. */
export const isInside = (path: string): boolean =>
  path !== '' && !path.includes('\0') && !posix.isAbsolute(path) && !posix.normalize(path).startsWith('..')

/** Reads files below a folder. Symbolic links are followed, for workspaces and pnpm, but not out of the folder. */
const folderReader = (folder: string): ReadFile => {
  const root = realpathSync(folder)
  return (file) => {
    if (!isInside(file)) return undefined
    try {
      const path = realpathSync(join(root, file))
      if (!path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return undefined
      const read = readBytes(path, maxFileBytes)
      return read.kind === 'content' ? read.bytes : undefined
    } catch {
      return undefined
    }
  }
}

const archiveReader = (path: string): ReadFile => {
  const read = readBytes(path, maxArchiveBytes)
  if (read.kind !== 'content') throw new Error(`${path} cannot be read, or has more than ${maxArchiveBytes / 1e6} MB`)
  try {
    const files = filesInArchive(read.bytes)
    return (file) => files.get(posix.normalize(file))
  } catch (error) {
    throw new Error(`${path} is not an archive of a package (.tgz)`, { cause: error })
  }
}

const readerOf = (path: string): ReadFile => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new Error(`${path} is not there`)
  return stats.isDirectory() ? folderReader(path) : archiveReader(path)
}

interface Manifest {
  readonly name?: unknown
  readonly version?: unknown
}

const manifestOf = (read: ReadFile): Manifest => {
  try {
    return (JSON.parse(read('package.json')?.toString('utf8') ?? 'null') ?? {}) as Manifest
  } catch {
    return {}
  }
}

/** Opens a release. Throws an error that names the path if it is no release. */
export const releaseAt = (path: string): Release => {
  const read = readerOf(path)
  const { name, version } = manifestOf(read)
  if (typeof name !== 'string' || typeof version !== 'string')
    throw new Error(`${path} has no package.json with a name and a version: give the folder, or the .tgz, of a release`)
  return { path, name, version, read }
}
