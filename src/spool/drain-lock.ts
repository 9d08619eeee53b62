import { readSmallFile, statOf } from '../machine/read-file.ts'
import { removeFile } from '../machine/write-file.ts'
import { publish } from '../machine/publish.ts'
import { formatOwner, ownerPattern, parseOwner, stateOf, thisProcess } from './owner.ts'

/** Milliseconds for which the lock of another container or machine is respected. No drain runs longer. */
const foreignLockMs = 5 * 60_000

const ownerText = new RegExp(`^${ownerPattern}$`)

/** A lock file, so that one process at a time sends the spool. It only saves work: claims are atomic without it. */
export class DrainLock {
  private readonly file: string
  private readonly now: () => number

  constructor(file: string, now = Date.now) {
    this.file = file
    this.now = now
  }

  isHeld(): boolean {
    const read = readSmallFile(this.file)
    if (read.kind !== 'content' || !read.own || !ownerText.test(read.text)) return false
    const state = stateOf(parseOwner(read.text))
    if (state !== 'foreign') return state === 'alive'
    return this.now() - (statOf(this.file)?.mtimeMs ?? 0) < foreignLockMs
  }

  /**
   * Runs `work` unless another process holds the lock; returns whether it ran. If two processes find the lock of a dead
   * one at the same time, both may run, which is harmless.
   */
  async alone(work: () => Promise<void>): Promise<boolean> {
    if (this.isHeld() || this.take() === 'taken by another') return false
    try {
      await work()
    } finally {
      this.release()
    }
    return true
  }

  /** If the lock cannot be written, for instance because a directory has its name, the drain runs without it. */
  private take(): 'mine' | 'none' | 'taken by another' {
    try {
      removeFile(this.file)
      return publish(this.file, formatOwner(thisProcess())) ? 'mine' : 'taken by another'
    } catch {
      return 'none'
    }
  }

  private release(): void {
    try {
      removeFile(this.file)
    } catch {
      // The lock file stays. The next drain finds that its owner is dead.
    }
  }
}
