import { promisify } from 'node:util'
import { gunzip as gunzipCallback } from 'node:zlib'

const gunzip = promisify(gunzipCallback)

/** The answer to a request that can never succeed. The reason contains nothing of the body. */
export interface Refusal {
  readonly status: 400 | 413 | 415
  readonly reason: string
}

export const isRefusal = (value: Uint8Array | Refusal): value is Refusal => !(value instanceof Uint8Array)

const refusal = (status: Refusal['status'], reason: string): Refusal => ({ status, reason })
const tooLarge = (max: number): Refusal => refusal(413, `the body is over ${max} bytes`)

/** Counts the bytes while reading, for a body without Content-Length. */
const readStream = async (stream: ReadableStream<Uint8Array>, max: number): Promise<Uint8Array | Refusal> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > max) return tooLarge(max)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const read = async (request: Request, max: number): Promise<Uint8Array | Refusal> => {
  const length = request.headers.get('content-length')
  if (Number(length) > max) return tooLarge(max)
  if (length !== null || request.body === null) return new Uint8Array(await request.arrayBuffer())
  return readStream(request.body, max)
}

const inflate = async (bytes: Uint8Array, max: number): Promise<Uint8Array | Refusal> => {
  try {
    return await gunzip(bytes, { maxOutputLength: max })
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    return isTooLarge
      ? refusal(413, `the body is over ${max} bytes when it is decompressed`)
      : refusal(400, 'it is no gzip')
  }
}

export interface BodyLimits {
  /** Bytes as received, before decompression. */
  readonly maxBodyBytes: number
  /** Bytes after decompression. */
  readonly maxInflatedBytes: number
}

/** Reads and decompresses the body within the limits. Rejects only if the connection breaks. */
export const readBody = async (request: Request, limits: BodyLimits): Promise<Uint8Array | Refusal> => {
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') return refusal(415, 'the Content-Encoding is not gzip')
  const bytes = await read(request, limits.maxBodyBytes)
  if (isRefusal(bytes) || encoding === 'identity') return bytes
  return inflate(bytes, limits.maxInflatedBytes)
}
