import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Budget, Share } from './budget.ts'
import { Growing } from './growing.ts'
import { busy, Refused, type Refusal, refusalOf } from './refusal.ts'

export interface BodyLimits {
  /** Bytes as received, before decompression. Default 4,000,000. */
  readonly maxBodyBytes: number
  /**
   * Bytes after decompression. Default twice `maxBodyBytes`. All requests together hold four times as many; beyond that,
   * bodies that are still coming give way to newer ones and get 429.
   */
  readonly maxInflatedBytes: number
}

/** A request whose body is still coming. */
export interface Incoming {
  readonly headers: { get(name: string): string | null }
  readonly body: Readable
}

/** A body, and the bytes of the budget that it holds until they are released. */
export interface Body {
  readonly bytes: Uint8Array
  readonly share: Share
}

export const isRefusal = (value: Body | Refusal): value is Refusal => 'status' in value

/** A body in smaller pieces takes more time than it is worth, even if it is only dropped: its connection is closed. */
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
      throw new Refused({ status: 400, reason: 'the body comes in too small pieces' })
    }
  }
}

/**
 * Reads a body by events: an iteration takes a hundred times as long for each piece. What is left when it stops is dropped
 * as it comes, so that the client still reads its answer.
 */
class Reading {
  /** Resolves when the whole body was taken, and rejects with what stopped it. */
  readonly done: Promise<void>
  stop: (error: unknown) => void = () => undefined

  constructor(source: Readable, gzip: boolean, receive: Take, take: Take) {
    const stream = gzip ? source.pipe(createGunzip()) : source
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

const precheck = ({ headers }: Incoming, encoding: string, max: number): Refusal | undefined => {
  if (encoding !== 'identity' && encoding !== 'gzip') {
    return { status: 415, reason: 'the Content-Encoding is not gzip' }
  }
  return Number(headers.get('content-length')) > max ? tooLarge(max) : undefined
}

/** Reads and decompresses the body within the limits and the budget. Never rejects. */
export const readBody = async (incoming: Incoming, limits: BodyLimits, budget: Budget): Promise<Body | Refusal> => {
  const encoding = incoming.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  const refused = precheck(incoming, encoding, limits.maxBodyBytes)
  if (refused) return refused
  const share = budget.open(() => reading.stop(new Refused(busy)))
  const body = new Growing(share, limits.maxInflatedBytes)
  const receive = receivedWithin(incoming.body, limits.maxBodyBytes)
  const reading = new Reading(incoming.body, encoding === 'gzip', receive, (chunk) => body.append(chunk))
  try {
    await reading.done
    share.complete()
    return { bytes: body.bytes, share }
  } catch (error) {
    share.release()
    body.drop()
    return refusalOf(error)
  }
}
