import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'

const statsOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false })

/**
 * The path itself if it is a regular file, or the regular files in a directory that end in `.jsonl`. Throws an error
 * that names what is missing, or is a device or a FIFO, which may have no end.
 */
export const filesAt = (path: string): string[] => {
  const stats = statsOf(path)
  if (!stats) throw new Error(`${path} is not there`)
  if (!stats.isDirectory()) {
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`)
    return [path]
  }
  const files = readdirSync(path)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(path, name))
    .filter((file) => statsOf(file)?.isFile())
  if (files.length === 0)
    throw new Error(
      `there is no file that ends in .jsonl in ${path}: a collector writes them to its folder spans once it receives spans`,
    )
  return files
}
