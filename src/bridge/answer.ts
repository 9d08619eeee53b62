import type { Format } from './decode.ts'
import { partialSuccess, statusMessage } from './protobuf.ts'

/** Why a request was not taken, or not taken whole. */
export interface Problem {
  readonly status: 200 | 400 | 413 | 415 | 429 | 503
  readonly reason: string
  /** Seconds after which to come again. */
  readonly retryAfter?: number
  /** Spans that are lost for good, of a request that was taken. */
  readonly rejected?: number
}

const contentTypes: Record<Format, string> = { json: 'application/json', protobuf: 'application/x-protobuf' }

const failure = (format: Format, message: string): string | Uint8Array =>
  format === 'json' ? JSON.stringify({ message }) : statusMessage(message)

const success = (format: Format, problem: Problem | undefined): string | Uint8Array => {
  if (!problem) return format === 'json' ? '{}' : ''
  const { rejected = 0, reason } = problem
  if (format === 'protobuf') return partialSuccess(rejected, reason)
  return JSON.stringify({ partialSuccess: { rejectedSpans: String(rejected), errorMessage: reason } })
}

const bodyOf = (format: Format, problem: Problem | undefined): Uint8Array<ArrayBuffer> | string => {
  const body = problem && problem.status !== 200 ? failure(format, problem.reason) : success(format, problem)
  return typeof body === 'string' ? body : Uint8Array.from(body)
}

/** OTLP's answer: empty for a success, `partialSuccess` for a part that is lost, `google.rpc.Status` for a failure. */
export const answer = (format: Format, problem?: Problem): Response =>
  new Response(bodyOf(format, problem), {
    status: problem?.status ?? 200,
    headers: {
      'content-type': contentTypes[format],
      ...(problem?.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
    },
  })
