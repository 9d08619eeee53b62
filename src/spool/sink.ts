import type { Debug } from '../machine/debug.ts'
import { codeOf } from '../machine/error-code.ts'
import type { Layout } from '../machine/layout.ts'
import { encodeLine } from '../otlp/encode.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { CrashLimit } from './crash-limit.ts'
import { keepCrashNote } from './crash-note.ts'
import { type DestinationName, newName, type SpoolName } from './name.ts'
import { keepBounds } from './room.ts'
import { SpoolFile } from './writer.ts'

/** What remains to be sent when a run has ended. */
export interface Pending {
  /** Bytes that the run has put into the spool, if they may be sent. */
  readonly bytes: number
  /** Files of other runs that wait to be sent. */
  readonly others: readonly SpoolName[]
  /** The run has put a crash report into the spool. */
  readonly crash: boolean
  /** Lines that could not be written to disk. They are lost unless they are sent now. */
  readonly lines: readonly string[]
}

/** The most bytes of lines that are kept in memory. */
const maxMemory = 1_000_000

/** Lines that could not be written to disk. They are sent once, at the end of the run. */
class MemoryLines {
  readonly lines: string[] = []
  private bytes = 0

  keep(resource: SanitizedResource, spans: readonly SanitizedSpan[]): void {
    const line = encodeLine({ resource, spans })
    this.bytes += line.length
    if (this.bytes <= maxMemory) this.lines.push(line)
  }
}

export interface SpoolSinkOptions {
  /** Undefined if the user has no home directory. */
  readonly files: Layout | undefined
  /** Returns the generation of the current consent; undefined if the user has opted out. May throw. */
  readonly generation: (consentFile: string) => string | undefined
  /** The notice was not shown yet, so the spans are kept for the user to look at and are never sent. */
  readonly held: boolean
  /** If the disk cannot be written, keeps the spans in memory. The run waits at its end while they are sent once. */
  readonly keepInMemory: boolean
  readonly destinations: readonly DestinationName[]
  /** Whether a child sends what this run writes. */
  readonly sends: boolean
  /** Called when a file is finished while the run goes on. */
  readonly partReady: () => void
}

/** Writes the spans of one run to its file in the spool. If that fails, it keeps later spans in memory. */
export class SpoolSink {
  private readonly options: SpoolSinkOptions
  private readonly debug: Debug
  private readonly memory = new MemoryLines()
  private file: SpoolFile | undefined
  private crash = false
  private state: 'new' | 'spooling' | 'in memory' | 'refused' = 'new'

  constructor(options: SpoolSinkOptions, debug: Debug) {
    this.options = options
    this.debug = debug
  }

  /** Returns undefined if the user has opted out since the run began. Throws if the disk cannot be written. */
  private open(): SpoolFile | undefined {
    if (this.state !== 'new') return this.file
    const { files, generation, destinations, held } = this.options
    if (!files) throw new Error('no home')
    const current = generation(files.consent)
    this.state = current === undefined ? 'refused' : 'spooling'
    if (current === undefined) return undefined
    this.file = new SpoolFile(files.spool, newName(current, destinations, held ? 'held' : 'jsonl'))
    return this.file
  }

  private switchToMemory(error: unknown): void {
    this.state = 'in memory'
    this.debug(`the spool cannot be written (${codeOf(error)})`)
  }

  write(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): void {
    if (this.state !== 'in memory') {
      try {
        const file = this.open()
        const finishedPart = file?.append(resource(), spans)
        if (finishedPart) this.partFinished()
        if (file && spans.some(({ type }) => type === 'crash')) this.noteCrash(file)
        return
      } catch (error) {
        this.switchToMemory(error)
      }
    }
    if (this.options.keepInMemory) this.memory.keep(resource(), spans)
  }

  private partFinished(): void {
    this.keepBounds()
    this.options.partReady()
  }

  private keepBounds(): readonly SpoolName[] {
    const { files, sends } = this.options
    return files && this.file ? keepBounds({ files, own: this.file.current, sends }) : []
  }

  private noteCrash({ current: { id } }: SpoolFile): void {
    const { files, held } = this.options
    if (held || !files) return
    this.crash = true
    try {
      keepCrashNote(files, id)
    } catch {
      this.debug('that a crash report waits could not be noted')
    }
  }

  /** Whether a crash report may be written. Only reports that go into the spool to be sent count against the limit. */
  admitCrash(fingerprint: string): boolean {
    const { files, held } = this.options
    if (held || !files || this.state === 'in memory') return true
    try {
      return this.open() === undefined || new CrashLimit(files.crashes).admit(fingerprint)
    } catch {
      return true
    }
  }

  /** Takes back the spans that were written last. Returns false if a drain may have them. */
  takeBack(): boolean {
    try {
      return this.state === 'spooling' && (this.file?.takeBack() ?? false)
    } catch {
      return false
    }
  }

  /** Stores spans that are sent if this process is killed. Returns a function that removes them. */
  mark(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): () => void {
    const noRemoval = () => undefined
    if (this.state === 'in memory') return noRemoval
    try {
      const remove = this.open()?.mark(resource(), spans) ?? noRemoval
      return () => {
        try {
          remove()
        } catch {
          this.debug('a mark could not be removed: the next run recognises it')
        }
      }
    } catch (error) {
      this.switchToMemory(error)
      return noRemoval
    }
  }

  /** Deletes what the run has stored, and stores nothing more. */
  discard(): void {
    this.state = 'refused'
    this.memory.lines.length = 0
    try {
      this.file?.discard()
    } catch {
      this.debug('the spool file could not be removed')
    }
    this.file = undefined
  }

  /** Lets a drain claim what has been written so far. Returns whether there is anything new. */
  finishPart(): boolean {
    try {
      if (this.state !== 'spooling' || !this.file?.finishPart()) return false
      this.keepBounds()
      return true
    } catch (error) {
      this.switchToMemory(error)
      return false
    }
  }

  /** Whether something that can be sent still waits. */
  get waits(): boolean {
    return this.file?.waits ?? false
  }

  /** Tells other machines that the run goes on. */
  touch(): void {
    try {
      this.file?.touch()
    } catch {
      // If this fails for a day, another machine takes over the run's files.
    }
  }

  /** Closes the file, so that a drain can claim it. */
  close(): Pending {
    let bytes = 0
    let others: readonly SpoolName[] = []
    try {
      bytes = this.file?.close() ?? 0
      others = this.keepBounds()
    } catch {
      this.debug('the spool file could not be closed: the next run takes it over')
    }
    return { bytes, others, crash: this.crash, lines: this.memory.lines }
  }
}
