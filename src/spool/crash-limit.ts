import { filesIn, makeDirectory } from '../machine/directory.ts'
import { statOf } from '../machine/read-file.ts'
import { append, openNew, removeFile } from '../machine/write-file.ts'
import { basename, fs, join } from '../machine/node.ts'

const { closeSync } = fs

/**
 * Limits crash reports, so that a tool that crashes in a loop does not send thousands. For each fingerprint, only the
 * first few reports of a UTC day are admitted, counted over all processes on the machine.
 *
 *   <day>.<fingerprint>.1 … .5   one admitted report each; created exclusively, so only one process gets it
 *   <day>.<fingerprint>          one byte for each report that was suppressed
 */

/** Reports admitted per fingerprint and day. */
export const maxReports = 5

const day = (now: number): string => new Date(now).toISOString().slice(0, 10)
const fileName = /^(\d{4}-\d\d-\d\d)\.[0-9a-f]{40}(\.\d)?$/

const create = (path: string): boolean => {
  try {
    closeSync(openNew(path))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export class CrashLimit {
  private readonly directory: string
  /** Paths of counts that have reached the limit, cached because an error in a loop checks for each report. */
  private readonly full = new Set<string>()

  constructor(directory: string) {
    this.directory = directory
  }

  /**
   * Whether a report may be written; if not, it is counted as suppressed. Throws if the directory cannot be written.
   */
  admit(fingerprint: string, now = Date.now()): boolean {
    makeDirectory(this.directory)
    const path = join(this.directory, `${day(now)}.${fingerprint}`)
    for (let number = 1; number <= maxReports && !this.full.has(path); number++)
      if (create(`${path}.${number}`)) return true
    this.full.add(path)
    append(path, '.')
    return false
  }

  /** Returns how many reports were suppressed on past days, and deletes the counts, so that each is reported once. */
  takeSuppressed(now = Date.now()): number {
    const names = this.names().filter((name) => (fileName.exec(name)?.[1] ?? '9') < day(now))
    return names.reduce((sum, name) => sum + this.takeCount(name), 0)
  }

  private names(): string[] {
    return filesIn(this.directory)
      .map((path) => basename(path))
      .filter((name) => fileName.test(name))
  }

  private takeCount(name: string): number {
    const path = join(this.directory, name)
    const size = statOf(path)?.size ?? 0
    removeFile(path)
    return size
  }
}
