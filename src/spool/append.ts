import { closeSync, mkdirSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isOwn, openNew, statOf } from '../policy/files.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { encodeLine } from './line.ts'
import { formatName, type SpoolName } from './name.ts'

/** One run's file in the spool. Every method throws where the disk does not let it; the caller steps aside. */
export class SpoolFile {
  private descriptor: number | undefined
  private readonly directory: string
  private readonly name: SpoolName

  /** `name.state` is the state that the file gets when it is closed. */
  constructor(directory: string, name: SpoolName) {
    this.directory = directory
    this.name = name
  }

  private path(state: SpoolName['state']): string {
    return join(this.directory, formatName({ ...this.name, state }))
  }

  private open(): number {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    const stats = statOf(this.directory)
    if (!stats || !isOwn(stats))
      throw new Error('the spool directory belongs to someone else, or others may write to it')
    return openNew(this.path('open'))
  }

  /** One line, written before this returns. No fsync: it can stall for seconds, and only a power cut loses the line. */
  append(resource: SanitizedResource, spans: readonly SanitizedSpan[]): void {
    this.descriptor ??= this.open()
    const line = Buffer.from(encodeLine({ resource, spans }))
    for (let at = 0; at < line.length;) at += writeSync(this.descriptor, line, at)
  }

  /** Makes the file known to drains. Returns false if nothing was ever appended. */
  close(): boolean {
    if (this.descriptor === undefined) return false
    closeSync(this.descriptor)
    this.descriptor = undefined
    renameSync(this.path('open'), this.path(this.name.state))
    return true
  }
}
