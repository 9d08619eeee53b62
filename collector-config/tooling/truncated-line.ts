import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

const newline = 10

const endsTorn = (file: string): boolean => {
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
 * A collector that was killed while it wrote leaves a line without an end, and the next one would go on in it: a line that
 * clients were told is stored would then be unreadable. What is torn itself was not taken, and comes again.
 */
export const endTornLine = (data: string): void => {
  const file = join(data, 'spans', 'spans.jsonl')
  if (endsTorn(file)) appendFileSync(file, '\n')
}
