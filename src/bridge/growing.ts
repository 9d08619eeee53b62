import type { Share } from './budget.ts'
import { busy, Refused } from './refusal.ts'

const firstBytes = 16_384

/**
 * Collects bytes by copying them, within a share of the budget. A list of the pieces would take a hundred times their
 * bytes if each is a single byte.
 */
export class Growing {
  private buffer = Buffer.alloc(0)
  private size = 0
  private readonly share: Share
  private readonly max: number

  constructor(share: Share, max: number) {
    this.share = share
    this.max = max
  }

  append(chunk: Uint8Array): void {
    const size = this.size + chunk.length
    if (size > this.max) {
      throw new Refused({ status: 413, reason: `the body is over ${this.max} bytes when it is decompressed` })
    }
    if (size > this.buffer.length) this.growTo(Math.max(size, 2 * this.buffer.length, firstBytes))
    this.buffer.set(chunk, this.size)
    this.size = size
  }

  private growTo(wanted: number): void {
    const length = Math.min(wanted, this.max)
    if (!this.share.take(length - this.buffer.length)) throw new Refused(busy)
    const larger = Buffer.allocUnsafeSlow(length)
    larger.set(this.buffer)
    this.buffer = larger
  }

  /** Releases the bytes: the listeners of a broken connection still refer to this object. */
  drop(): void {
    this.buffer = Buffer.alloc(0)
    this.size = 0
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.size)
  }
}
