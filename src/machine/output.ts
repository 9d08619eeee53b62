import { fs } from './node.ts'

const { writeSync } = fs

/** Milliseconds between two tries to write to a pipe that is full. */
const waitMs = 5

/** Waits as a blocking write would. Node makes a pipe non-blocking when `process.stdout` or `process.stderr` is used. */
const waitForReader = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs)
}

/** Returns the bytes that were written, or undefined if nobody reads any more. Throws another error. */
const writeSome = (descriptor: number, bytes: Buffer): number | undefined => {
  try {
    return writeSync(descriptor, bytes)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Windows says EOF for a pipe that is closed.
    if (code === 'EPIPE' || code === 'EOF') return undefined
    if (code !== 'EAGAIN') throw error
    waitForReader()
    return 0
  }
}

/**
 * Writes a text to standard output or error before it returns, whole, however slow its reader is: a stream of Node would lose
 * what lies beyond the 64 kB of a pipe if the process exits then. Silent if the reader is gone. Throws any other error.
 */
export const writeWhole = (descriptor: 1 | 2, text: string): void => {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    const written = writeSome(descriptor, rest)
    if (written === undefined) return
    rest = rest.subarray(written)
  }
}
