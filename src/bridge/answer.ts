import protobuf from 'protobufjs/minimal.js'
import type { Format } from './decode.ts'
import { delimited, varint } from './wire.ts'

/** Why a request was refused or, with status 200, why a part of it was. */
export interface Problem {
  readonly status: 200 | 400 | 413 | 415 | 429 | 503
  readonly reason: string
  /** Seconds after which the client may retry. */
  readonly retryAfter?: number
  /** Number of spans of an accepted request that are lost for good. */
  readonly rejected?: number
}

const contentTypes: Record<Format, string> = { json: 'application/json', protobuf: 'application/x-protobuf' }

/** An encoded `ExportTraceServiceResponse` for a request that lost a part of its spans. */
export const partialSuccess = (rejectedSpans: number, errorMessage: string): Uint8Array => {
  const inner = protobuf.Writer.create()
  inner.uint32(varint(1)).int64(rejectedSpans).uint32(delimited(2)).string(errorMessage)
  return protobuf.Writer.create().uint32(delimited(1)).bytes(inner.finish()).finish()
}

/** An encoded `google.rpc.Status`, the body of an error. */
const statusMessage = (message: string): Uint8Array =>
  protobuf.Writer.create().uint32(delimited(2)).string(message).finish()

const failure = (format: Format, message: string): string | Uint8Array =>
  format === 'json' ? JSON.stringify({ message }) : statusMessage(message)

const success = (format: Format, problem: Problem | undefined): string | Uint8Array => {
  if (!problem) return format === 'json' ? '{}' : ''
  const { rejected = 0, reason } = problem
  if (format === 'protobuf') return partialSuccess(rejected, reason)
  return JSON.stringify({ partialSuccess: { rejectedSpans: String(rejected), errorMessage: reason } })
}

const bodyOf = (format: Format, problem: Problem | undefined): string | Uint8Array =>
  problem && problem.status !== 200 ? failure(format, problem.reason) : success(format, problem)

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/**
 * The OTLP/HTTP response: empty for a success, `partialSuccess` for a partial loss, `google.rpc.Status` for a failure.
 */
export const answer = (format: Format, problem?: Problem): Answer => ({
  status: problem?.status ?? 200,
  headers: {
    'content-type': contentTypes[format],
    ...(problem?.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
  },
  body: bodyOf(format, problem),
})
