import { Refused } from './refusal.ts'

/**
 * Follows the layout of a zstd frame (RFC 8878, section 3.1.1). Node before 26 ends without an error if a frame is cut
 * off, and ignores what follows the first frame (tried on 22.23 and 24.9), so spans would be lost unnoticed.
 */

const magic = 0xfd2fb528
const rle = 1

/** The next bytes: `read` are returned, `skip` are skipped. */
type Part = { readonly read: number } | { readonly skip: number }

function* parts(): Generator<Part, void, Buffer> {
  const start = yield { read: 5 }
  if (start.readUInt32LE(0) !== magic) throw new Refused(notOneFrame)
  const descriptor = start[4] as number
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] as number
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  yield { skip: (isSingleSegment ? 0 : 1) + dictionaryId + contentSize }
  for (let isLast = false; !isLast;) {
    const header = (yield { read: 3 }).readUIntLE(0, 3)
    isLast = (header & 1) === 1
    yield { skip: ((header >> 1) & 3) === rle ? 1 : header >> 3 }
  }
  yield { skip: (descriptor & 4) !== 0 ? 4 : 0 }
}

const notOneFrame = { status: 400, reason: 'the body is not one whole frame of zstd' } as const

/** Checks that a body is exactly one complete frame. Throws `Refused`. */
export class ZstdFrame {
  private readonly parts = parts()
  private step = this.parts.next()
  private passed = 0
  private read = Buffer.alloc(0)

  take(chunk: Uint8Array): void {
    let rest = chunk
    while (rest.length > 0) {
      if (this.step.done) throw new Refused(notOneFrame)
      rest = rest.subarray(this.pass(this.step.value, rest))
    }
  }

  end(): void {
    if (!this.step.done) throw new Refused(notOneFrame)
  }

  /** Returns how many of the bytes belong to the part. */
  private pass(part: Part, bytes: Uint8Array): number {
    const length = 'read' in part ? part.read : part.skip
    const here = Math.min(length - this.passed, bytes.length)
    if ('read' in part) this.read = Buffer.concat([this.read, bytes.subarray(0, here)])
    this.passed += here
    if (this.passed === length) this.advance()
    return here
  }

  private advance(): void {
    do {
      this.step = this.parts.next(this.read)
      this.passed = 0
      this.read = Buffer.alloc(0)
    } while (!this.step.done && 'skip' in this.step.value && this.step.value.skip === 0)
  }
}
