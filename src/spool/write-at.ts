import { fs } from '../machine/node.ts'

const { ftruncateSync, writeSync } = fs

/**
 * Writes a text at a position, since the file offset would leave a hole after a failed, truncated write. Returns the
 * number of bytes. If the disk is full, it throws, and no part of the text remains.
 */
export const writeAt = (descriptor: number, position: number, text: string): number => {
  const bytes = Buffer.from(text)
  try {
    for (let written = 0; written < bytes.length;)
      written += writeSync(descriptor, bytes, written, bytes.length - written, position + written)
  } catch (error) {
    ftruncateSync(descriptor, position)
    throw error
  }
  return bytes.length
}
