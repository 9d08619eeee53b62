import type { Readable } from 'node:stream'
import type { Budget, Share } from './budget.ts'
import { type Encoding, encodingOf } from './encodings.ts'
import { Growing } from './growing.ts'
import { busy, Refused, type Refusal, refusalOf } from './refusal.ts'

export interface BodyLimits {
  /** Bytes as received, before decompression. Default 4,000,000. */
  readonly maxBodyBytes: number
  /**
   * Bytes after decompression. Default twice `maxBodyBytes`. All requests together hold four times as many. Beyond
   * that, bodies that are still being received give way to newer ones and get 429.
   */
  readonly maxInflatedBytes: number
}

/** A request whose body is still being received. */
export interface Incoming {
  readonly headers: { get(name: string): string | null }
  readonly body: Readable
}

/** A body, and the bytes of the budget that it holds until they are released. */
export interface Body {
  readonly bytes: Uint8Array
  readonly share: Share
}

export const isRefusal = (value: object): value is Refusal => 'status' in value

/**
 * The number of pieces that may have any size. A body in smaller pieces takes more time than it is worth, even if it is
 * only dropped, so its connection is closed.
 */
const freePieces = 256
const bytesOfPiece = 64

const tooLarge = (max: number): Refusal => ({ status: 413, reason: `the body is over ${max} bytes` })

type Take = (chunk: Uint8Array) => void

/** Counts the bytes and the pieces of a body as they are received. */
const receivedWithin = (source: Readable, max: number): Take => {
  let size = 0
  let pieces = 0
  return (chunk) => {
    size += chunk.length
    pieces += 1
    if (size > max) throw new Refused(tooLarge(max))
    if (pieces > freePieces + size / bytesOfPiece) {
      source.destroy()
      throw new Refused({ status: 400, reason: 'the body arrives in pieces that are too small' })
    }
  }
}

/**
 * Reads a body by events, since an iteration takes a hundred times as long for each piece. When it stops, the rest is
 * dropped as it arrives, so that the client can still read its answer.
 */
class Reading {
  /** Resolves when the whole body was read, and rejects with the reason why reading stopped. */
  readonly done: Promise<void>
  stop: (error: unknown) => void = () => undefined

  constructor(source: Readable, { decoder }: Encoding, receive: Take, take: Take) {
    const stream = decoder ? source.pipe(decoder()) : source
    const [onReceived, onTaken] = [this.guarded(receive), this.guarded(take)]
    this.done = new Promise((resolve, reject) => {
      this.stop = (error) => {
        source.off('data', onReceived)
        stream.off('data', onTaken)
        if (stream !== source) stream.destroy()
        source.unpipe().resume()
        reject(error as Error)
      }
      source.on('data', onReceived).on('error', this.stop)
      source.on('close', () => source.readableEnded || this.stop(undefined))
      stream.on('data', onTaken).on('error', this.stop).on('end', resolve)
    })
  }

  private guarded(take: Take): Take {
    return (chunk) => {
      try {
        take(chunk)
      } catch (error) {
        this.stop(error)
      }
    }
  }
}

/** Counts bytes of bodies. */
export interface BodyCounts {
  readonly receivedBytes: { add(count: number): void }
  readonly decodedBytes: { add(count: number): void }
}

/** Reads and decompresses the body within the limits and the budget. Never rejects. */
export const readBody = async (
  { headers, body: source }: Incoming,
  limits: BodyLimits,
  budget: Budget,
  counts: BodyCounts,
): Promise<Body | Refusal> => {
  const encoding = encodingOf(headers.get('content-encoding') ?? undefined)
  if (isRefusal(encoding)) return encoding
  if (Number(headers.get('content-length')) > limits.maxBodyBytes) return tooLarge(limits.maxBodyBytes)
  const share = budget.open(() => reading.stop(new Refused(busy)))
  const body = new Growing(share, limits.maxInflatedBytes)
  const within = receivedWithin(source, limits.maxBodyBytes)
  const check = encoding.check?.()
  const receive = (chunk: Uint8Array) => {
    counts.receivedBytes.add(chunk.length)
    within(chunk)
    check?.take(chunk)
  }
  const reading = new Reading(source, encoding, receive, (chunk) => body.append(chunk))
  try {
    await reading.done
    check?.end()
    share.complete()
    counts.decodedBytes.add(body.bytes.length)
    return { bytes: body.bytes, share }
  } catch (error) {
    share.release()
    body.drop()
    return refusalOf(error)
  }
}
