import { entriesIn, filesIn } from '../machine/directory.ts'
import { removeFile } from '../machine/write-file.ts'
import { alreadyDeclared, type CustomRule } from '../schema/custom.ts'
import { decodeLines } from '../otlp/decode.ts'
import type { Batch } from '../otlp/encode.ts'
import { isWaiting } from './abandoned.ts'
import {
  claimantOf,
  type DestinationName,
  formatName,
  kilobytesOf,
  marksOf,
  parseName,
  type SpoolName,
  temporary,
} from './name.ts'
import { formatOwner, thisProcess } from './owner.ts'
import { basename, fs, join } from '../machine/node.ts'
import { completeLines, readText } from './lines.ts'
import { takeMarks } from './take-marks.ts'

const { lstatSync, lutimesSync, renameSync } = fs

/** A spool file that this process has claimed: no other process reads or sends it. */
export interface Claim {
  /** Its current name; `done` removes destinations from it. */
  name: SpoolName
  readonly batches: readonly Batch[]
  /** Complete lines without a valid span: damaged, or edited. */
  readonly unreadable: number
  /** Length of the text in characters. Nearly all of it is ASCII. */
  readonly bytes: number
}

/** Why a file must be removed: it is too old, or the spool is too full. */
export type Excess = 'expired' | 'overflow'

/** The spool directory, as a drain uses it. If another process takes or removes a file first, a call has no effect. */
export class Spool {
  private readonly directory: string
  private readonly custom: CustomRule
  private readonly now: () => number

  constructor(directory: string, custom = alreadyDeclared, now = Date.now) {
    this.directory = directory
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

  /** The names of all spool files, oldest first. */
  names(): SpoolName[] {
    return entriesIn(this.directory)
      .flatMap(({ name }) => parseName(name) ?? [])
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  size(name: SpoolName): number {
    return lstatSync(this.path(name), { throwIfNoEntry: false })?.size ?? 0
  }

  /** Whether a file may be claimed. */
  isFree(name: SpoolName): boolean {
    return isWaiting(name, this.path(name), this.now())
  }

  /** Claims a file for this process by renaming it, which succeeds for one process only. */
  claim(name: SpoolName): Claim | undefined {
    if (!this.isFree(name)) return undefined
    const kilobytes = name.kilobytes ?? kilobytesOf(this.size(name))
    const claimed: SpoolName = { ...name, kilobytes, state: `claim-${formatOwner(thisProcess())}` }
    try {
      // Marks are taken first, since the file says which operations have ended.
      if (name.state === 'open') this.takeMarks(name)
    } catch {
      // The disk may be full. The file and its marks wait for another drain.
      return undefined
    }
    if (!this.rename(name, claimed)) return undefined
    try {
      // Other machines count from this time until the claim is abandoned.
      lutimesSync(this.path(claimed), this.now() / 1000, this.now() / 1000)
      return this.read(claimed)
    } catch {
      // The disk may be full, or the error may pass. The file waits unchanged for another drain.
      this.rename(claimed, name)
      return undefined
    }
  }

  /** The last line may be cut off because its writer was killed. It is ignored and does not count as unreadable. */
  private read(name: SpoolName): Claim {
    const text = readText(this.path(name))
    const decoded = decodeLines(completeLines(text), this.custom)
    const unreadable = decoded.filter((batches) => batches.length === 0).length
    return { name, batches: decoded.flat(), unreadable, bytes: text.length }
  }

  private takeMarks(name: SpoolName): void {
    const marks = marksOf(name)
    if (lstatSync(this.path(marks), { throwIfNoEntry: false }) === undefined) return
    const spans = this.read(name).batches.flatMap((batch) => batch.spans)
    // A progress report has the id of its operation, which is still open.
    const ended = new Set(spans.flatMap(({ type, spanId }) => (type === 'operation' ? [spanId] : [])))
    takeMarks(marks, (each) => this.path(each), { ended, custom: this.custom })
  }

  /** Removes a destination from the file's name at once, so that a killed drain does not send the file there again. */
  done(claim: Claim, destination: DestinationName): void {
    const destinations = claim.name.destinations.filter((each) => each !== destination)
    const next = { ...claim.name, destinations }
    if (destinations.length === 0) this.remove(claim.name)
    else if (!this.rename(claim.name, next)) return
    claim.name = next
  }

  /** Whether a claimed file is still there: the user may have deleted it meanwhile. */
  holds({ name }: Claim): boolean {
    return name.destinations.length === 0 || lstatSync(this.path(name), { throwIfNoEntry: false }) !== undefined
  }

  /** Returns a file to the spool, for the destinations that do not have it yet. */
  release({ name }: Claim): void {
    if (name.destinations.length > 0) this.rename(name, { ...name, state: 'jsonl' })
  }

  /** Removes files of a process that was killed between writing and renaming them. */
  removeTemporary(): void {
    for (const path of filesIn(this.directory).filter((each) => each.endsWith(temporary))) {
      const name = parseName(basename(path).slice(0, -temporary.length))
      const isLeft = name && isWaiting(claimantOf(name) ? name : { ...name, state: 'open' }, path, this.now())
      if (isLeft) this.removePath(path)
    }
  }

  /** Removes a file. A link or a directory with the name of a spool file stays, since this package did not make it. */
  remove(name: SpoolName): void {
    this.removePath(this.path(name))
  }

  private removePath(path: string): void {
    try {
      if (lstatSync(path).isFile()) removeFile(path)
    } catch {
      // A file that cannot be removed does no harm.
    }
  }
}
