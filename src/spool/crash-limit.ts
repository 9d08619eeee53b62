import { join } from 'node:path'
import { openNew, removeFile, statOf } from '../machine/files.ts'
import { fs } from '../machine/node.ts'

const { closeSync, constants, mkdirSync, openSync, readdirSync, writeSync } = fs

/**
 * A crash loop must not become a flood: of each fingerprint only the first few of a day are reported, over all processes.
 * Each of the few is a file that is created exclusively, so it is given to one process; each report beyond them appends a
 * byte to one more file, whose size is their exact number.
 */
export const maxReports = 5

const day = (now: number): string => new Date(now).toISOString().slice(0, 10)
const grammar = /^(\d{4}-\d\d-\d\d)\.[0-9a-f]{40}(\.\d)?$/

const create = (path: string): boolean => {
  try {
    closeSync(openNew(path))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const countOne = (path: string): void => {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
  const descriptor = openSync(path, flags, 0o600)
  try {
    writeSync(descriptor, '.')
  } finally {
    closeSync(descriptor)
  }
}

export class CrashLimit {
  private readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** Whether a report is one of the few; if not it is counted. Throws where the disk does not let it. */
  admit(fingerprint: string, now = Date.now()): boolean {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    const path = join(this.directory, `${day(now)}.${fingerprint}`)
    for (let place = 1; place <= maxReports; place++) if (create(`${path}.${place}`)) return true
    countOne(path)
    return false
  }

  /** How many were suppressed on days that are over; each is told once, and forgotten. */
  takeSuppressed(now = Date.now()): number {
    const names = this.names().filter((name) => (grammar.exec(name)?.[1] ?? '9') < day(now))
    return names.reduce((sum, name) => sum + this.forget(name), 0)
  }

  private names(): string[] {
    try {
      return readdirSync(this.directory).filter((name) => grammar.test(name))
    } catch {
      return []
    }
  }

  private forget(name: string): number {
    const path = join(this.directory, name)
    const size = statOf(path)?.size ?? 0
    removeFile(path)
    return size
  }
}
