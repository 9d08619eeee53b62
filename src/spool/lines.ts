import { fs } from '../machine/node.ts'
import { maxMarksBytes } from './marks.ts'

const { closeSync, constants, fstatSync, openSync, readSync } = fs

/** The most bytes that are read from a file. A run writes less, so the rest is not ours. */
const maxReadBytes = 2 * maxMarksBytes

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

/** The complete lines of a file. The last one may be cut off because its writer was killed. */
export const completeLines = (text: string): string[] => text.split('\n').slice(0, -1)
