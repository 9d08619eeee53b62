import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The path itself if it is a file, or the `.jsonl` files in a directory. Throws an error that names what is missing.
 */
export const filesAt = (path: string): string[] => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new Error(`${path} is not there`)
  if (!stats.isDirectory()) return [path]
  const files = readdirSync(path).filter((name) => name.endsWith('.jsonl'))
  if (files.length === 0) throw new Error(`there is no file that ends in .jsonl in ${path}`)
  return files.map((name) => join(path, name))
}
