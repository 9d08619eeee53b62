import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Budget, Share } from './budget.ts'

/** The answer to a request whose body was not taken. The reason contains nothing of the body. */
export interface Refusal {
  readonly status: 400 | 413 | 415 | 429
  readonly reason: string
  readonly retryAfter?: number
}

export interface BodyLimits {
  /** Bytes as received, before decompression. Default 4,000,000. */
  readonly maxBodyBytes: number
  /**
   * Bytes after decompression. Default twice `maxBodyBytes`. All requests together hold four times as many; beyond that,
   * bodies that are still coming give way to newer ones and get 429.
   */
  readonly maxInflatedBytes: number
}

/** A body, and the bytes of the budget that it holds until they are released. */
export interface Body {
  readonly bytes: Uint8Array
  readonly share: Share
}

export const isRefusal = (value: Body | Refusal): value is Refusal => 'status' in value

const refusal = (status: Refusal['status'], reason: string): Refusal => ({ status, reason })
const busy: Refusal = { status: 429, reason: 'too many bytes at once', retryAfter: 1 }

class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

async function* received(request: Request, max: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > max) throw new Refused(refusal(413, `the body is over ${max} bytes`))
    yield chunk
  }
}

const firstBytes = 16_384

/**
 * Bytes that are copied as they come. A list of the pieces would take a hundred times their bytes if each is a single
 * byte.
 */
class Growing {
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
    if (size > this.max) throw new Refused(refusal(413, `the body is over ${this.max} bytes when it is decompressed`))
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

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.size)
  }
}

const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refused) return error.refusal
  const { code } = error as NodeJS.ErrnoException
  return refusal(400, code?.startsWith('Z_') ? 'it is no gzip' : 'the request broke off')
}

const precheck = ({ headers }: Request, encoding: string, max: number): Refusal | undefined => {
  if (encoding !== 'identity' && encoding !== 'gzip') return refusal(415, 'the Content-Encoding is not gzip')
  return Number(headers.get('content-length')) > max ? refusal(413, `the body is over ${max} bytes`) : undefined
}

/** Reads and decompresses the body within the limits and the budget. Never rejects. */
export const readBody = async (request: Request, limits: BodyLimits, budget: Budget): Promise<Body | Refusal> => {
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  const refused = precheck(request, encoding, limits.maxBodyBytes)
  if (refused) return refused
  const way = new AbortController()
  const share = budget.open(() => way.abort())
  const body = new Growing(share, limits.maxInflatedBytes)
  const decompress = encoding === 'gzip' ? createGunzip() : new PassThrough()
  const append = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) body.append(chunk)
  }
  try {
    await pipeline(received(request, limits.maxBodyBytes), decompress, append, { signal: way.signal })
    share.complete()
    return { bytes: body.bytes, share }
  } catch (error) {
    share.release()
    return way.signal.aborted ? busy : refusalOf(error)
  }
}
