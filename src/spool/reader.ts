import { filesIn, removeFile } from '../machine/files.ts'
import { alreadyDeclared, type CustomRule } from '../schema/custom.ts'
import { decodeLine, decodeLines } from '../otlp/decode.ts'
import type { Batch } from '../otlp/encode.ts'
import type { CrashLimit } from './crash-limit.ts'
import { claimantOf, type DestinationName, formatName, markedSpan, parseName, type SpoolName } from './name.ts'
import { formatOwner, type Owner, stateOf, thisProcess } from './owner.ts'
import { basename, fs, join } from '../machine/node.ts'
import { appendLines, completeLines, readText } from './lines.ts'

const { lstatSync, renameSync, utimesSync } = fs

/** A spool file that this process has claimed: no other process reads or sends it. */
export interface Claim {
  /** Its current name; `done` removes destinations from it. */
  name: SpoolName
  readonly batches: readonly Batch[]
  /** Complete lines without a valid span: damaged, or edited. */
  readonly unreadable: number
  /** Length of what was read, in characters: nearly all of it is ASCII. */
  readonly bytes: number
}

/** Milliseconds for which a file is left to an owner in another container or on another machine, after its last change. */
const leaseMs = { recording: 24 * 3_600_000, sending: 5 * 60_000 }

/** The spool directory, as a drain uses it. If another process takes or removes a file first, a call has no effect. */
export class Spool {
  private readonly directory: string
  private readonly crashes: CrashLimit
  private readonly custom: CustomRule
  private readonly now: () => number

  constructor(directory: string, crashes: CrashLimit, custom = alreadyDeclared, now = Date.now) {
    this.directory = directory
    this.crashes = crashes
    this.custom = custom
    this.now = now
  }

  private path(name: SpoolName): string {
    return join(this.directory, formatName(name))
  }

  private rename(from: SpoolName, to: SpoolName): boolean {
    try {
      renameSync(this.path(from), this.path(to))
      return true
    } catch {
      return false
    }
  }

  private modifiedMs(name: SpoolName): number {
    return lstatSync(this.path(name), { throwIfNoEntry: false })?.mtimeMs ?? this.now()
  }

  /** The names of all spool files, oldest first. */
  names(): SpoolName[] {
    return filesIn(this.directory)
      .flatMap((path) => parseName(basename(path)) ?? [])
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  size(name: SpoolName): number {
    return lstatSync(this.path(name), { throwIfNoEntry: false })?.size ?? 0
  }

  /** Whether the owner is dead, or is elsewhere and has not changed the file for `lease` milliseconds. */
  private isAbandoned(owner: Owner, name: SpoolName, lease: number): boolean {
    const state = stateOf(owner)
    return state === 'dead' || (state === 'foreign' && this.now() - this.modifiedMs(name) > lease)
  }

  /** Whether a file may be claimed: it is ready, or the process that was recording or sending it has died. */
  isFree(name: SpoolName): boolean {
    if (name.state === 'jsonl') return true
    const claimant = claimantOf(name)
    if (claimant) return this.isAbandoned(claimant, name, leaseMs.sending)
    return name.state === 'open' && this.isAbandoned(name.owner, name, leaseMs.recording)
  }

  /** Claims a file for this process by renaming it, which succeeds for one process only. */
  claim(name: SpoolName): Claim | undefined {
    const claimed: SpoolName = { ...name, state: `claim-${formatOwner(thisProcess())}` }
    if (!this.isFree(name) || !this.rename(name, claimed)) return undefined
    try {
      // From now on other machines count the time after which the claim is abandoned.
      utimesSync(this.path(claimed), this.now() / 1000, this.now() / 1000)
      if (name.state !== 'jsonl') this.takeMarks(claimed)
      return this.read(claimed)
    } catch {
      // The disk may be full, or the error may pass: the file waits for another drain as it was.
      this.rename(claimed, name)
      return undefined
    }
  }

  /** A last line that was cut off, because its writer was killed, is ignored and does not count as unreadable. */
  private read(name: SpoolName): Claim {
    const text = readText(this.path(name))
    const decoded = decodeLines(completeLines(text), this.custom)
    const unreadable = decoded.filter((batches) => batches.length === 0).length
    return { name, batches: decoded.flat(), unreadable, bytes: text.length }
  }

  /**
   * Adds the operations that were running when the process died to its file, unless the file has the span of the
   * operation already. The marks are removed afterwards, so that a kill at any point loses none.
   */
  private takeMarks(claimed: SpoolName): void {
    const marks = this.names().filter((name) => name.id === claimed.id && markedSpan(name) !== undefined)
    if (marks.length === 0) return
    const spanIds = new Set(this.read(claimed).batches.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)))
    for (const mark of marks) {
      const lines = completeLines(readText(this.path(mark)))
      if (!spanIds.has(String(markedSpan(mark)))) {
        appendLines(
          this.path(claimed),
          lines.filter((line) => this.isAdmitted(line)),
        )
      }
      this.remove(mark)
    }
  }

  /** Whether a line of a mark may be sent. A crash report in it counts against the daily limit only now. */
  private isAdmitted(line: string): boolean {
    const spans = decodeLine(line).flatMap((batch) => batch.spans)
    return spans.every(({ type, attributes }) => {
      try {
        return type !== 'crash' || this.crashes.admit(String(attributes['cq.crash.fingerprint']))
      } catch {
        return true
      }
    })
  }

  /** Removes a destination from the file's name at once, so that a killed drain does not send the file there again. */
  done(claim: Claim, destination: DestinationName): void {
    const destinations = claim.name.destinations.filter((each) => each !== destination)
    const next = { ...claim.name, destinations }
    if (destinations.length === 0) this.remove(claim.name)
    else if (!this.rename(claim.name, next)) return
    claim.name = next
  }

  /** Returns a file to the spool, for the destinations that do not have it yet. */
  release({ name }: Claim): void {
    if (name.destinations.length > 0) this.rename(name, { ...name, state: 'jsonl' })
  }

  /** Whether a mark is a leftover: the run has ended, and the drain that claimed its file has read the mark. */
  isOrphan(name: SpoolName, names: readonly SpoolName[]): boolean {
    if (markedSpan(name) === undefined || names.some(({ id, state }) => id === name.id && !state.startsWith('mark-'))) {
      return false
    }
    return this.isAbandoned(name.owner, name, leaseMs.recording)
  }

  /** Removes a file. A directory with the name of a spool file is not ours and stays. */
  remove(name: SpoolName): void {
    try {
      removeFile(this.path(name))
    } catch {
      // A file that cannot be removed does no harm.
    }
  }
}
