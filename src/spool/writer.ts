import { makeOwnDirectory } from '../machine/directory.ts'
import { openNew, removeFile } from '../machine/write-file.ts'
import { fs, join } from '../machine/node.ts'
import { encodeLine } from '../otlp/encode.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { Marks } from './marks.ts'
import { formatName, kilobytesOf, marksOf, nextPart, type SpoolName } from './name.ts'
import { writeAt } from './write-at.ts'

const { closeSync, existsSync, ftruncateSync, futimesSync, renameSync } = fs

/**
 * Size in bytes after which a run continues in another file, since a drain reads a whole file into memory. The last
 * line may exceed it: an operation with a full list of names has about a third of a megabyte.
 */
export const maxFileBytes = 1_000_000
/** Size limit in bytes for a held run. It does not continue in another file, since held files are never sent. */
const maxHeldBytes = 250_000

/**
 * The files of one run in the spool: one open file, and the finished files before it. Every method throws if the disk
 * cannot be written. There is no fsync, because it can stall for seconds. A killed process loses nothing without it,
 * and a power cut loses the last runs at most.
 */
export class SpoolFile {
  private descriptor: number | undefined
  private size = 0
  /** Where the last line of the open file begins, while it may be taken back. */
  private lastLine: number | undefined
  /** Paths of the finished files. */
  private parts: string[] = []
  /** Total size of the finished files in bytes. */
  private finishedBytes = 0
  private name: SpoolName
  private readonly directory: string
  private readonly marks: Marks

  /** `name.state` is the state after closing. A `held` file has that state from the start. */
  constructor(directory: string, name: SpoolName) {
    this.directory = directory
    this.name = name
    this.marks = new Marks(this.path(marksOf(name)))
  }

  /** The name of the open file, as it will be when the file is finished. */
  get current(): SpoolName {
    return this.name
  }

  private get isHeld(): boolean {
    return this.name.state === 'held'
  }

  private path(name: SpoolName): string {
    return join(this.directory, formatName(name))
  }

  private pathWhileOpen(name: SpoolName): string {
    return this.path(this.isHeld ? name : { ...name, state: 'open' })
  }

  private open(): number {
    if (this.descriptor !== undefined) return this.descriptor
    makeOwnDirectory(this.directory)
    this.descriptor = openNew(this.pathWhileOpen(this.name))
    return this.descriptor
  }

  /**
   * Lets drains claim what has been written, and continues in a new file. Does nothing if nothing new was written.
   * There is always an open file, since a drain reads the marks with it. The finished file must not contain the span of
   * an operation that has a mark, so the marks are compacted first. Returns whether it finished a file.
   */
  finishPart(): boolean {
    if (this.size === 0 || this.isHeld) return false
    this.marks.compact()
    const next = nextPart(this.name)
    const descriptor = openNew(this.pathWhileOpen(next))
    try {
      this.finish()
    } catch (error) {
      closeSync(descriptor)
      removeFile(this.pathWhileOpen(next))
      throw error
    }
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.descriptor = descriptor
    this.name = next
    this.finishedBytes += this.size
    this.size = 0
    this.lastLine = undefined
    return true
  }

  private finish(): void {
    const { name, size } = this
    const path = this.path({ ...name, kilobytes: kilobytesOf(size) })
    renameSync(this.pathWhileOpen(name), path)
    this.parts.push(path)
  }

  /**
   * Writes one line before it returns. If the disk is full, no part of the line remains. Returns whether it finished a
   * file.
   */
  append(resource: SanitizedResource, spans: readonly SanitizedSpan[]): boolean {
    if (this.isHeld && this.size >= maxHeldBytes) return false
    const finishedPart = this.size >= maxFileBytes && this.finishPart()
    const begins = this.size
    this.size += writeAt(this.open(), begins, encodeLine({ resource, spans }))
    this.lastLine = begins
    return finishedPart
  }

  /** Removes the last line. Returns false if its file is finished, since a drain may have claimed it. */
  takeBack(): boolean {
    if (this.lastLine === undefined || this.descriptor === undefined) return false
    ftruncateSync(this.descriptor, this.lastLine)
    this.size = this.lastLine
    this.lastLine = undefined
    return true
  }

  /**
   * Writes the spans that a drain sends if this process dies before an operation ends. The first span is the
   * operation's own. Returns a function to call when the operation has ended. The open file is created first, since the
   * drain that claims it reads the marks.
   */
  mark(resource: SanitizedResource, spans: readonly SanitizedSpan[]): () => void {
    const operation = spans[0]?.spanId
    if (this.isHeld || operation === undefined) return () => undefined
    this.open()
    this.marks.add(operation, resource, spans)
    return () => this.marks.ended(operation)
  }

  /** Bytes that the run has written, if they may be sent. */
  get bytes(): number {
    return this.isHeld ? 0 : this.finishedBytes + this.size
  }

  /** Whether a finished file waits for a drain. */
  get waits(): boolean {
    this.parts = this.parts.filter((path) => existsSync(path))
    return this.parts.length > 0
  }

  /** Keeps the files from being taken over: another machine takes over a file that has not changed for a day. */
  touch(): void {
    const now = Date.now() / 1000
    if (this.descriptor !== undefined) futimesSync(this.descriptor, now, now)
  }

  /** Deletes the open file and its marks, and the finished files that no drain has claimed. */
  discard(): void {
    this.marks.remove()
    if (this.descriptor !== undefined) {
      closeSync(this.descriptor)
      this.descriptor = undefined
      removeFile(this.pathWhileOpen(this.name))
    }
    for (const part of this.parts) removeFile(part)
  }

  /** Like `discard`, after an error. A later drain takes over the files that cannot be deleted either. */
  discardAfterError(): void {
    try {
      this.discard()
    } catch {
      // The error that came first is the one to report.
    }
  }

  /** Closes the file and lets drains claim it. Returns the bytes that the run has written, if they may be sent. */
  close(): number {
    if (this.descriptor !== undefined) {
      closeSync(this.descriptor)
      this.descriptor = undefined
      this.marks.remove()
      if (this.size === 0) removeFile(this.pathWhileOpen(this.name))
      else if (!this.isHeld) this.finish()
    }
    return this.bytes
  }
}
