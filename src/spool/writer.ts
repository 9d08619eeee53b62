import { join } from 'node:path'
import { makeOwnDirectory, openNew, removeFile } from '../machine/files.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { encodeLine } from '../otlp/encode.ts'
import { formatName, newName, type SpoolName } from './name.ts'
import { fs } from '../machine/node.ts'

const { closeSync, ftruncateSync, linkSync, renameSync, writeSync } = fs

/**
 * Bytes of one file, after which a run goes on in another: a drain holds one file in memory at a time. The last line may go
 * beyond it; the longest possible line, an operation of 2,000 names, has half a megabyte.
 */
export const maxFileBytes = 1_000_000

/** The file under a second name. False where the disk has no links. */
const link = (path: string, second: string): boolean => {
  try {
    linkSync(path, second)
    return true
  } catch {
    return false
  }
}

/** At a position of our own, so that a part that is cut off again leaves no hole. Returns the number of bytes. */
const writeAt = (descriptor: number, position: number, text: string): number => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at, bytes.length - at, position + at)
  return bytes.length
}

/**
 * One run's file in the spool. Every method throws where the disk does not let it; the caller steps aside. No fsync: it
 * can stall for seconds, a killed process loses nothing without it, and a power cut the last runs at most.
 */
export class SpoolFile {
  private descriptor: number | undefined
  private size = 0
  private parts = 0
  private readonly directory: string
  private readonly name: SpoolName

  /** `name.state` is the state that the file gets when it is closed. What is held is so from the start. */
  constructor(directory: string, name: SpoolName) {
    this.directory = directory
    this.name = name
  }

  /** That of the run, in the name of the file. */
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
   * What is large enough is ready as a file of its own. The run goes on under its id, which its marks have; each mark's
   * own line is in the file that is open, for a mark is removed before the next line is written. At no moment is there no
   * file of that id, else a kill would leave marks that nobody reads; what a kill leaves under both names has the same ids.
   */
  private part(): void {
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
    this.size = 0
    this.parts += 1
  }

  /** One line, written before this returns. A disk that is full leaves no part of it. */
  append(resource: SanitizedResource, spans: readonly SanitizedSpan[]): void {
    if (this.size >= maxFileBytes) this.part()
    const descriptor = this.open()
    try {
      this.size += writeAt(descriptor, this.size, encodeLine({ resource, spans }))
    } catch (error) {
      ftruncateSync(descriptor, this.size)
      throw error
    }
  }

  /**
   * Leaves what a later run is to say of an operation, the first of the spans, if this process dies before its end: a line
   * for each. Returns how to take it back.
   * The run's own file is there before its first mark: who takes that over, and nobody else, reads the marks.
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

  /** Makes the file known to drains. Returns false if there is nothing to send. */
  close(): boolean {
    if (this.descriptor === undefined) return this.parts > 0 && this.name.state !== 'held'
    closeSync(this.descriptor)
    this.descriptor = undefined
    if (this.size === 0) removeFile(this.path(this.openState))
    else if (this.openState !== this.name.state) renameSync(this.path(this.openState), this.path(this.name.state))
    return (this.size > 0 || this.parts > 0) && this.name.state !== 'held'
  }
}
