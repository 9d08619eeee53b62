import type { Debug } from '../machine/debug.ts'
import type { Layout } from '../machine/layout.ts'
import { encodeLine } from '../otlp/encode.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { CrashLimit } from './crash-limit.ts'
import { keepCrashNote } from './crash-note.ts'
import { type DestinationName, newName } from './name.ts'
import { SpoolFile } from './writer.ts'

/** What a run leaves to be sent. */
export interface Pending {
  /** Something new is in the spool. */
  readonly spooled: boolean
  /** Lines that could not be written to the disk: sent at once, or lost. */
  readonly lines: readonly string[]
}

/** Bytes of lines that are kept in memory. */
const maxMemory = 1_000_000

/** Lines for a single attempt at the end of the run. */
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
  /** Undefined where the user has no home. */
  readonly files: Layout | undefined
  /** The generation of the consent that holds now; undefined if the user has said no. May throw. */
  readonly generation: (consentFile: string) => string | undefined
  /** The notice was never shown: the spans are kept for the user to see, and never sent. */
  readonly held: boolean
  /** Where the disk cannot be written, keep the spans in memory for an attempt at the end of the run. */
  readonly keepInMemory: boolean
  readonly destinations: readonly DestinationName[]
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'no code'

/** Writes the spans of one run to its file in the spool. Where that fails it goes on in memory. */
export class SpoolSink {
  private readonly options: SpoolSinkOptions
  private readonly debug: Debug
  private readonly memory = new MemoryLines()
  private file: SpoolFile | undefined
  private state: 'new' | 'spooling' | 'in memory' | 'refused' = 'new'

  constructor(options: SpoolSinkOptions, debug: Debug) {
    this.options = options
    this.debug = debug
  }

  /** Undefined if the user has said no since the run began. Throws where the disk cannot be written. */
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

  private goOnInMemory(error: unknown): void {
    this.state = 'in memory'
    this.debug(`the spool cannot be written (${codeOf(error)})`)
  }

  write(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): void {
    if (this.state !== 'in memory') {
      try {
        const file = this.open()
        file?.append(resource(), spans)
        if (file && spans.some(({ type }) => type === 'crash')) this.noteCrash(file)
        return
      } catch (error) {
        this.goOnInMemory(error)
      }
    }
    if (this.options.keepInMemory) this.memory.keep(resource(), spans)
  }

  private noteCrash({ id }: SpoolFile): void {
    const { files, held } = this.options
    if (held || !files) return
    try {
      keepCrashNote(files, id)
    } catch {
      this.debug('that a crash report waits could not be noted')
    }
  }

  /** Whether a crash report may be written. A report that is never sent does not count, and neither does one in memory. */
  admitCrash(fingerprint: string): boolean {
    const { files, held } = this.options
    if (held || !files || this.state === 'in memory') return true
    try {
      return this.open() === undefined || new CrashLimit(files.crashes).admit(fingerprint)
    } catch {
      return true
    }
  }

  /** Keeps spans for the next run to report if this process is killed. Returns how to take them back. */
  mark(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): () => void {
    const nothing = () => undefined
    if (this.state === 'in memory') return nothing
    try {
      const remove = this.open()?.mark(resource(), spans) ?? nothing
      return () => {
        try {
          remove()
        } catch {
          this.debug('a mark could not be removed: the next run recognises it')
        }
      }
    } catch (error) {
      this.goOnInMemory(error)
      return nothing
    }
  }

  close(): Pending {
    let spooled = false
    try {
      spooled = this.file?.close() ?? false
    } catch {
      this.debug('the spool file could not be closed: the next run takes it over')
    }
    return { spooled, lines: this.memory.lines }
  }
}
