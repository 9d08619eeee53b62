import { openNew, removeFile } from '../machine/write-file.ts'
import { fs } from '../machine/node.ts'
import { encodeResource, encodeSpans } from '../otlp/encode.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { temporary } from './name.ts'
import { writeAt } from './write-at.ts'

const { closeSync, ftruncateSync, renameSync } = fs

/**
 * The most bytes of marks of one run, enough for about 13,000 operations that are open at once. Further operations have
 * no mark, so they are not reported if the process is killed.
 */
export const maxMarksBytes = 10_000_000

interface Mark {
  readonly resource: string
  readonly spans: string
}

/**
 * The marks of a run: one file with the spans to send if the process is killed before its open operations end. A mark
 * is one line. It stays when its operation ends, since the run's file then contains the operation with the same ids.
 * `compact` removes it before the run's file is finished and can be sent. Every method throws if the disk cannot be
 * written.
 */
export class Marks {
  private readonly path: string
  private readonly open = new Map<string, Mark>()
  private descriptor: number | undefined
  private size = 0
  /** Lines of operations that have ended. */
  private stale = 0
  private lastResource = ''

  constructor(path: string) {
    this.path = path
  }

  /** Adds the mark of an operation. Returns false if there are too many. */
  add(operation: string, resource: SanitizedResource, spans: readonly SanitizedSpan[]): boolean {
    if (this.size >= maxMarksBytes) return false
    const mark = { resource: encodeResource(resource), spans: encodeSpans(spans) }
    this.descriptor ??= openNew(this.path)
    this.size += writeAt(this.descriptor, this.size, this.linesOf(mark))
    this.lastResource = mark.resource
    this.open.set(operation, mark)
    return true
  }

  /** The lines of a mark. Many operations share a resource, which is written once before them. */
  private linesOf({ resource, spans }: Mark): string {
    return resource === this.lastResource ? spans : `${resource}${spans}`
  }

  ended(operation: string): void {
    if (this.open.delete(operation)) this.stale += 1
  }

  /** Removes the marks of operations that have ended. A reader sees either the old file or the new one. */
  compact(): void {
    if (this.descriptor === undefined || this.stale === 0) return
    if (this.open.size === 0) ftruncateSync(this.descriptor, 0)
    this.lastResource = ''
    const text = [...this.open.values()].map((mark) => {
      const lines = this.linesOf(mark)
      this.lastResource = mark.resource
      return lines
    })
    this.size = this.open.size === 0 ? 0 : this.replace(text.join(''))
    this.stale = 0
  }

  private replace(text: string): number {
    const path = `${this.path}${temporary}`
    const descriptor = openNew(path)
    try {
      const bytes = writeAt(descriptor, 0, text)
      renameSync(path, this.path)
      closeSync(this.descriptor ?? descriptor)
      this.descriptor = descriptor
      return bytes
    } catch (error) {
      closeSync(descriptor)
      removeFile(path)
      throw error
    }
  }

  /** Removes all marks at the end of the run. */
  remove(): void {
    if (this.descriptor === undefined) return
    closeSync(this.descriptor)
    this.descriptor = undefined
    removeFile(this.path)
  }
}
