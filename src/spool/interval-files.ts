import { makeOwnDirectory } from '../machine/directory.ts'
import { readBytes } from '../machine/read-file.ts'
import { append, removeFile, writeNew } from '../machine/write-file.ts'
import { randomHex } from '../machine/ids.ts'
import { fs, join } from '../machine/node.ts'

/**
 * One file for each operation with a `minInterval`, and one for the runs. Its first line is the start of the last recorded one, in
 * Unix milliseconds. Each process appends a line with the number that it has left out. If two processes record at once, one of
 * them gets these numbers. A line that is appended at that moment is lost, which only makes the count a little too low.
 */

const maxBytes = 65_536
/** A larger number is reduced to this one. The user can edit the file. */
const maxLeftOut = 1e9

const fileName = (operation: string | undefined): string =>
  operation === undefined ? 'runs' : `operation-${Buffer.from(operation).toString('hex')}`

const numberIn = (line: string): number => (/^\d{1,15}$/.test(line) ? Number(line) : 0)

/** The start of the last recorded one, and the number that was left out since. */
const contentOf = (path: string): { last: number | undefined; leftOut: number } => {
  const read = readBytes(path, maxBytes, 'us')
  if (read.kind !== 'content') return { last: undefined, leftOut: 0 }
  const [first = '', ...added] = read.bytes.toString('latin1').split('\n')
  const leftOut = added.reduce((sum, line) => sum + numberIn(line), 0)
  // A file that gets long begins a new interval while it can still be read.
  const last = read.bytes.length > maxBytes / 2 ? undefined : numberIn(first)
  return { last, leftOut: Math.min(leftOut, maxLeftOut) }
}

/** How many were left out since the last recorded operation of this name, or run. Changes nothing. */
export const leftOutIn = (directory: string, operation?: string): number =>
  contentOf(join(directory, fileName(operation))).leftOut

/** The stored intervals of an installation. If a file cannot be read or written, everything is recorded. */
export class IntervalFiles {
  private readonly directory: string
  private readonly mayWrite: () => boolean

  /** @param mayWrite Whether the run may still be sent. It may throw. */
  constructor(directory: string, mayWrite: () => boolean) {
    this.directory = directory
    this.mayWrite = mayWrite
  }

  private path(operation: string | undefined): string {
    return join(this.directory, fileName(operation))
  }

  lastRecorded(operation?: string): number | undefined {
    return contentOf(this.path(operation)).last
  }

  add(leftOut: number, operation?: string): void {
    try {
      if (this.mayWrite()) append(this.path(operation), `${leftOut}\n`)
    } catch {
      // The number is lost.
    }
  }

  take(started: number, operation?: string): number {
    let leftOut = 0
    try {
      if (!this.mayWrite()) return 0
      makeOwnDirectory(this.directory)
      const path = this.path(operation)
      leftOut = this.remove(path)
      writeNew(path, `${Math.floor(started)}\n`)
    } catch {
      // Another process has just recorded one, or nothing can be kept here.
    }
    return leftOut
  }

  /** Removes a file and returns its number. Of several processes one gets it. */
  private remove(path: string): number {
    // Not after the name of the file, which may have the greatest length already.
    const own = join(this.directory, `${randomHex(12)}.tmp`)
    try {
      fs.renameSync(path, own)
    } catch {
      return 0
    }
    const { leftOut } = contentOf(own)
    removeFile(own)
    return leftOut
  }
}
