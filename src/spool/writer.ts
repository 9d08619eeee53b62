import { makeOwnDirectory, openNew, removeFile } from '../machine/files.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { encodeLine } from '../otlp/encode.ts'
import { formatName, newName, type SpoolName } from './name.ts'
import { fs, join } from '../machine/node.ts'

const { closeSync, ftruncateSync, linkSync, renameSync, writeSync } = fs

/**
 * Size in bytes after which a run continues in another file, since a drain reads a whole file into memory. The last
 * line may exceed it: the longest line, an operation with 2,000 names, has half a megabyte.
 */
export const maxFileBytes = 1_000_000

/** Gives the file a second name. Returns false on a file system without hard links. */
const link = (path: string, second: string): boolean => {
  try {
    linkSync(path, second)
    return true
  } catch {
    return false
  }
}

/**
 * Writes at a position, since the file offset would leave a hole after a failed, truncated write. Returns the bytes.
 */
const writeAt = (descriptor: number, position: number, text: string): number => {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;)
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written)
  return bytes.length
}

/**
 * The file of one run in the spool. Every method throws if the disk cannot be written. There is no fsync: it can stall
 * for seconds, a killed process loses nothing without it, and a power cut costs the last runs at most.
 */
export class SpoolFile {
  private descriptor: number | undefined
  private size = 0
  /** Paths of the parts that are finished. */
  private readonly parts: string[] = []
  /** Bytes of those parts. */
  private finishedBytes = 0
  private readonly directory: string
  private readonly name: SpoolName

  /** `name.state` is the state after closing. A `held` file has that state from the start. */
  constructor(directory: string, name: SpoolName) {
    this.directory = directory
    this.name = name
  }

  /** The id of the run. */
  get id(): string {
    return this.name.id
  }

  private path(state: SpoolName['state']): string {
    return join(this.directory, formatName({ ...this.name, state }))
  }

  private get openState(): SpoolName['state'] {
    return this.name.state === 'held' ? 'held' : 'open'
  }

  private open(): number {
    if (this.descriptor !== undefined) return this.descriptor
    makeOwnDirectory(this.directory)
    this.descriptor = openNew(this.path(this.openState))
    return this.descriptor
  }

  /**
   * Makes the lines so far a file of their own, with a new id, and continues in an empty file with the id of the run. A
   * drain reads the marks of a run with the file of the same id, so there must be such a file at every moment: it first
   * gets the new name as well, and is then replaced. A kill in between leaves the same spans, with the same ids, under
   * both names. The finished part never contains the span of an operation that still has a mark, since the mark is
   * removed before the next line is written.
   */
  private startNextPart(): void {
    const { generation, destinations, state } = this.name
    const path = this.path(this.openState)
    const part = join(this.directory, formatName(newName(generation, destinations, state)))
    closeSync(this.open())
    this.descriptor = undefined
    if (link(path, part)) {
      const next = `${path}.tmp`
      this.descriptor = openNew(next)
      renameSync(next, path)
    } else renameSync(path, part)
    this.parts.push(part)
    this.finishedBytes += this.size
    this.size = 0
  }

  /** Writes one line before it returns. If the disk is full, no part of the line remains. */
  append(resource: SanitizedResource, spans: readonly SanitizedSpan[]): void {
    if (this.size >= maxFileBytes) this.startNextPart()
    const descriptor = this.open()
    try {
      this.size += writeAt(descriptor, this.size, encodeLine({ resource, spans }))
    } catch (error) {
      ftruncateSync(descriptor, this.size)
      throw error
    }
  }

  /**
   * Writes a mark: a line for each of the spans that a drain sends if this process dies before an operation ends. The
   * first is the operation's own span. Returns a function that removes the mark. The run's file is created first, since
   * only the drain that claims that file reads the marks.
   */
  mark(resource: SanitizedResource, spans: readonly SanitizedSpan[]): () => void {
    if (this.name.state === 'held') return () => undefined
    this.open()
    const path = this.path(`mark-${spans[0]?.spanId ?? ''}`)
    const descriptor = openNew(path)
    try {
      writeAt(descriptor, 0, spans.map((span) => encodeLine({ resource, spans: [span] })).join(''))
    } finally {
      closeSync(descriptor)
    }
    return () => removeFile(path)
  }

  /** Deletes the file, and its finished parts if no drain has claimed them. */
  discard(): void {
    if (this.descriptor !== undefined) {
      closeSync(this.descriptor)
      this.descriptor = undefined
      removeFile(this.path(this.openState))
    }
    for (const part of this.parts) removeFile(part)
  }

  /** Closes the file and lets drains claim it. Returns the bytes that the run has written, if they may be sent. */
  close(): number {
    if (this.descriptor !== undefined) {
      closeSync(this.descriptor)
      this.descriptor = undefined
      if (this.size === 0) removeFile(this.path(this.openState))
      else if (this.openState !== this.name.state) renameSync(this.path(this.openState), this.path(this.name.state))
    }
    return this.name.state === 'held' ? 0 : this.finishedBytes + this.size
  }
}
