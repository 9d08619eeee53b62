import { fs } from '../machine/node.ts'
import { maxFileBytes } from './writer.ts'

const { appendFileSync, closeSync, constants, fstatSync, openSync, readSync, truncateSync } = fs

/** The most bytes that are read from a file. A run writes a quarter of it at most; anything beyond is not ours. */
const maxReadBytes = 4 * maxFileBytes

/** Reads a regular file without blocking. Returns an empty text for a directory or a FIFO, and throws for a link. */
export const readText = (path: string): string => {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return ''
    const buffer = Buffer.alloc(Math.min(stats.size, maxReadBytes))
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** The complete lines. A killed writer may have cut off the last one. */
export const completeLines = (text: string): string[] => text.split('\n').slice(0, -1)

/** Appends lines: all of them, or none if it throws. A last line that was cut off is removed first. */
export const appendLines = (path: string, lines: readonly string[]): void => {
  const text = readText(path)
  const length = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1))
  truncateSync(path, length)
  try {
    appendFileSync(path, lines.map((line) => `${line}\n`).join(''))
  } catch (error) {
    // A mark of which only the first line were kept would count as taken.
    truncateSync(path, length)
    throw error
  }
}
