import { dirname } from 'node:path'
import { establish } from './policy/consent-file.ts'
import type { Debug } from './policy/debug.ts'
import type { Notice } from './policy/notice.ts'
import type { Paths } from './policy/paths.ts'
import type { Sink } from './record/recorder.ts'
import type { SanitizedResource, SanitizedSpan } from './schema/sanitize.ts'
import { SpoolFile } from './spool/append.ts'
import { keepCrashNote } from './spool/crash-note.ts'
import { CrashBound, crashDirectory } from './spool/crash-bound.ts'
import { encodeLine } from './spool/line.ts'
import { type DestinationName, newName } from './spool/name.ts'

/** Where the spans of a run go, and what is there to be sent when it is over. */
export interface Outlet extends Sink {
  readonly close: () => Pending
}

export interface Pending {
  /** Something new is in the spool. */
  readonly spooled: boolean
  /** What the disk did not take: lines to be sent at once, or never. */
  readonly lines: readonly string[]
}

/** Bytes that are kept in memory where no disk takes them. */
const maxMemory = 1_000_000

/** Lines in memory, for the one try at the end of the run. */
class Memory {
  readonly lines: string[] = []
  private bytes = 0

  keep(resource: SanitizedResource, spans: readonly SanitizedSpan[]): void {
    const line = encodeLine({ resource, spans })
    this.bytes += line.length
    if (this.bytes <= maxMemory) this.lines.push(line)
  }
}

export interface SpoolOutletOptions {
  readonly paths: Paths
  readonly notice: Notice
  readonly destinations: readonly DestinationName[]
}

/** A run's file in the spool. Where the disk refuses, what may be sent is kept in memory. */
class SpoolOutlet implements Outlet {
  private readonly options: SpoolOutletOptions
  private readonly debug: Debug
  private readonly memory = new Memory()
  private file: SpoolFile | undefined
  private state: 'new' | 'spooling' | 'in memory' | 'refused' = 'new'

  constructor(options: SpoolOutletOptions, debug: Debug) {
    this.options = options
    this.debug = debug
  }

  /** The user may have said no since the run began. */
  private open(): SpoolFile | undefined {
    if (this.state !== 'new') return this.file
    const { paths, notice, destinations } = this.options
    if (paths.spool === undefined || paths.consent === undefined) throw new Error('no home')
    const choice = establish(paths.consent)
    this.state = choice.kind === 'enabled' ? 'spooling' : 'refused'
    if (choice.kind !== 'enabled') return undefined
    const state = notice === 'held' ? 'held' : 'jsonl'
    this.file = new SpoolFile(paths.spool, newName(choice.generation, destinations, state))
    return this.file
  }

  private stepAside(error: unknown): void {
    this.state = 'in memory'
    this.debug(`the spool cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
  }

  readonly write: Sink['write'] = (resource, spans) => {
    if (this.state !== 'in memory') {
      try {
        const file = this.open()
        file?.append(resource(), spans)
        if (file && spans.some(({ type }) => type === 'crash')) this.noteCrash(file)
        return
      } catch (error) {
        this.stepAside(error)
      }
    }
    if (this.options.notice === 'sendable') this.memory.keep(resource(), spans)
  }

  private noteCrash({ id }: SpoolFile): void {
    const { paths, notice } = this.options
    if (notice === 'held' || paths.consent === undefined) return
    try {
      keepCrashNote(dirname(paths.consent), id)
    } catch {
      this.debug('that a crash report waits could not be noted')
    }
  }

  /** What is never sent uses up nothing; where nothing can be counted nothing is kept back, for such a run is alone. */
  readonly admit: Sink['admit'] = (fingerprint) => {
    const { paths, notice } = this.options
    const { consent } = paths
    if (notice === 'held' || consent === undefined || this.state === 'in memory') return true
    try {
      return this.open() === undefined || new CrashBound(crashDirectory(consent)).admit(fingerprint)
    } catch {
      return true
    }
  }

  readonly mark: Sink['mark'] = (resource, spans) => {
    const none = () => undefined
    if (this.state === 'in memory') return none
    try {
      const remove = this.open()?.mark(resource(), spans) ?? none
      return () => {
        try {
          remove()
        } catch {
          this.debug('a mark could not be removed: the next run recognises it')
        }
      }
    } catch (error) {
      this.stepAside(error)
      return none
    }
  }

  readonly close = (): Pending => {
    try {
      return { spooled: this.file?.close() ?? false, lines: this.memory.lines }
    } catch (error) {
      this.stepAside(error)
      return { spooled: false, lines: this.memory.lines }
    }
  }
}

export const spoolOutlet = (options: SpoolOutletOptions, debug: Debug): Outlet => new SpoolOutlet(options, debug)
