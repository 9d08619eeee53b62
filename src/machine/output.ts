import { fs } from './node.ts'

const { writeSync } = fs

/** Milliseconds between two tries to write to a pipe that is full. */
const waitMs = 5

/**
 * Waits as a blocking write would. Node makes a pipe non-blocking when `process.stdout` or `process.stderr` is used.
 */
const waitForReader = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs)
}

/** Returns the number of written bytes, or undefined if the reader has closed the pipe. Throws any other error. */
const writeSome = (descriptor: number, bytes: Buffer): number | undefined => {
  try {
    return writeSync(descriptor, bytes)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Windows reports EOF for a closed pipe.
    if (code === 'EPIPE' || code === 'EOF') return undefined
    if (code !== 'EAGAIN') throw error
    waitForReader()
    return 0
  }
}

/**
 * Writes a whole text to standard output or error before it returns, however slow the reader is. A stream of Node would
 * lose everything beyond a pipe's 64 kB if the process then exits. Does nothing if the reader has closed the pipe.
 * Throws any other error.
 */
export const writeWhole = (descriptor: 1 | 2, text: string): void => {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    const written = writeSome(descriptor, rest)
    if (written === undefined) return
    rest = rest.subarray(written)
  }
}
