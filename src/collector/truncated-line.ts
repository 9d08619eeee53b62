import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

const newline = 10

const lacksNewline = (file: string): boolean => {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return false
  }
  try {
    const { size } = fstatSync(descriptor)
    const last = Buffer.alloc(1)
    return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== newline
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Ends a line that a killed collector wrote only in part. Otherwise the next collector would append to it and make a
 * line unreadable that it has acknowledged to a client. The truncated line was not acknowledged, so its client sends it
 * again.
 */
export const endTruncatedLine = (data: string): void => {
  const file = join(data, 'spans', 'spans.jsonl')
  if (lacksNewline(file)) appendFileSync(file, '\n')
}
