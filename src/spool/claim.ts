import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { decodeLine, type Batch } from './line.ts'
import { type DestinationName, formatName, parseName, type SpoolName, type State } from './name.ts'

/** A file that this process alone works on. */
export interface Claim {
  readonly name: SpoolName
  readonly batches: readonly Batch[]
}

/** Bytes that are read of one file; a run that wrote more loses the rest. */
const maxFileBytes = 16_000_000

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A file whose owner is gone, while it recorded or while it sent, belongs to whoever finds it. */
const isFree = ({ state, pid }: SpoolName): boolean => {
  if (state === 'jsonl') return true
  if (state === 'held') return false
  return !isAlive(state === 'open' ? pid : Number(state.slice('claim-'.length)))
}

const readRegular = (path: string): string => {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return ''
    const buffer = Buffer.alloc(Math.min(stats.size, maxFileBytes))
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** Complete lines only: what follows the last line end was torn when its writer was killed. */
const completeLines = (text: string): string[] => text.split('\n').slice(0, -1)

export class Spool {
  private readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  private rename(from: SpoolName, to: SpoolName): boolean {
    try {
      renameSync(join(this.directory, formatName(from)), join(this.directory, formatName(to)))
      return true
    } catch {
      return false
    }
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

  /** Takes a file for this process: of several that try, the rename lets one succeed. */
  claim(name: SpoolName): Claim | undefined {
    const state: State = `claim-${process.pid}`
    const mine = { ...name, state }
    if (!isFree(name) || !this.rename(name, mine)) return undefined
    try {
      const text = readRegular(join(this.directory, formatName(mine)))
      return { name: mine, batches: completeLines(text).flatMap((line) => decodeLine(line)) }
    } catch {
      this.remove(mine)
      return undefined
    }
  }

  /** What is left to do of a claim: nothing, and the file goes; or some destinations, and it waits for the next drain. */
  settle({ name }: Claim, remaining: readonly DestinationName[]): void {
    if (remaining.length === 0) this.remove(name)
    else this.rename(name, { ...name, destinations: remaining, state: 'jsonl' })
  }

  remove(name: SpoolName): void {
    rmSync(join(this.directory, formatName(name)), { force: true })
  }
}
