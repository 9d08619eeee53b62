import { join } from 'node:path'
import { removeFile } from '../machine/files.ts'
import { alreadyDeclared, type CustomRule } from '../schema/custom.ts'
import { maxFileBytes } from './writer.ts'
import { decodeLine, decodeLines } from '../otlp/decode.ts'
import type { Batch } from '../otlp/encode.ts'
import type { CrashLimit } from './crash-limit.ts'
import { claimantOf, type DestinationName, formatName, markedSpan, parseName, type SpoolName } from './name.ts'
import { formatOwner, type Owner, stateOf, thisProcess } from './owner.ts'
import { fs } from '../machine/node.ts'

const {
  appendFileSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  truncateSync,
  utimesSync,
} = fs

/** A file that this process alone works on. */
export interface Claim {
  /** Its destinations become fewer while it is worked on. */
  name: SpoolName
  readonly batches: readonly Batch[]
  /** Lines that could not be read: torn, or edited. */
  readonly unreadable: number
  readonly bytes: number
}

/** Bytes that are read of one file. A run's own is four times smaller: what is beyond was written by somebody else. */
const maxReadBytes = 4 * maxFileBytes

/** How long something that lives elsewhere (another container, another machine) is left alone, by its last change. */
const leaseMs = { recording: 24 * 3_600_000, sending: 5 * 60_000 }

const readRegular = (path: string): string => {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return ''
    const buffer = Buffer.alloc(Math.min(stats.size, maxReadBytes))
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** The folder as one drain sees it. What another process does to a file at the same time makes a call do nothing. */
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

  private changedMs(name: SpoolName): number {
    return lstatSync(this.path(name), { throwIfNoEntry: false })?.mtimeMs ?? this.now()
  }

  /** Files of ours, oldest first. */
  names(): SpoolName[] {
    try {
      return readdirSync(this.directory)
        .flatMap((name) => parseName(name) ?? [])
        .sort((a, b) => (a.id < b.id ? -1 : 1))
    } catch {
      return []
    }
  }

  size(name: SpoolName): number {
    return lstatSync(this.path(name), { throwIfNoEntry: false })?.size ?? 0
  }

  private isOver(owner: Owner, name: SpoolName, lease: number): boolean {
    const state = stateOf(owner)
    return state === 'gone' || (state === 'foreign' && this.now() - this.changedMs(name) > lease)
  }

  /** A file whose owner is gone, while it recorded or while it sent, belongs to whoever finds it. */
  isFree(name: SpoolName): boolean {
    if (name.state === 'jsonl') return true
    const claimant = claimantOf(name)
    if (claimant) return this.isOver(claimant, name, leaseMs.sending)
    return name.state === 'open' && this.isOver(name.owner, name, leaseMs.recording)
  }

  /** Takes a file for this process: of several that try, the rename lets one succeed. */
  claim(name: SpoolName): Claim | undefined {
    const mine: SpoolName = { ...name, state: `claim-${formatOwner(thisProcess())}` }
    if (!this.isFree(name) || !this.rename(name, mine)) return undefined
    try {
      // The lease counts from here.
      utimesSync(this.path(mine), this.now() / 1000, this.now() / 1000)
      if (name.state !== 'jsonl') this.takeMarks(mine)
      return this.read(mine)
    } catch {
      this.remove(mine)
      return undefined
    }
  }

  /**
   * What follows the last line end was torn when its writer was killed: it goes alone, and nobody was told of it. Any
   * other line that holds nothing was edited, or is broken.
   */
  private read(name: SpoolName): Claim {
    const text = readRegular(this.path(name))
    const lines = text.split('\n').slice(0, -1)
    const decoded = decodeLines(lines, this.custom)
    const unreadable = decoded.filter((batches) => batches.length === 0).length
    return { name, batches: decoded.flat(), unreadable, bytes: text.length }
  }

  /**
   * The operations that were at work when the process died are written to its file, each once: a mark whose operation
   * has a line already is a leftover. Only then are the marks removed, so a kill at any point loses none.
   */
  private takeMarks(mine: SpoolName): void {
    const marks = this.names().filter((name) => name.id === mine.id && markedSpan(name) !== undefined)
    if (marks.length === 0) return
    const known = new Set(this.read(mine).batches.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)))
    for (const mark of marks) {
      const lines = readRegular(this.path(mark)).split('\n').slice(0, -1)
      if (!known.has(String(markedSpan(mark))))
        this.append(
          mine,
          lines.filter((line) => this.isAdmitted(line)),
        )
      this.remove(mark)
    }
  }

  /** A crash report counts against the bound when it is told. */
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

  /** In the place of what was torn. */
  private append(name: SpoolName, lines: readonly string[]): void {
    const text = readRegular(this.path(name))
    truncateSync(this.path(name), Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)))
    for (const line of lines) appendFileSync(this.path(name), `${line}\n`)
  }

  /** A destination is done with the file. Kept at once: should this drain be killed, nobody sends it there again. */
  done(claim: Claim, destination: DestinationName): void {
    const destinations = claim.name.destinations.filter((each) => each !== destination)
    const next = { ...claim.name, destinations }
    if (destinations.length === 0) this.remove(claim.name)
    else if (!this.rename(claim.name, next)) return
    claim.name = next
  }

  /** What some destinations still lack waits for the next drain. */
  release({ name }: Claim): void {
    if (name.destinations.length > 0) this.rename(name, { ...name, state: 'jsonl' })
  }

  /** The marks of a run whose file is gone, and which is over: who had the file has read them. */
  isOrphan(name: SpoolName, names: readonly SpoolName[]): boolean {
    if (markedSpan(name) === undefined || names.some(({ id, state }) => id === name.id && !state.startsWith('mark-'))) {
      return false
    }
    return this.isOver(name.owner, name, leaseMs.recording)
  }

  /** What cannot be removed, a directory for instance, is not ours, and stays. */
  remove(name: SpoolName): void {
    try {
      removeFile(this.path(name))
    } catch {
      // It is in nobody's way.
    }
  }
}
