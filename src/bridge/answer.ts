import type { Format } from './decode.ts'
import { toProtobuf } from './protobuf.ts'

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

const bodyOf = (format: Format, problem: Problem | undefined): string | Uint8Array<ArrayBuffer> => {
  if (problem && problem.status !== 200) {
    const status = { message: problem.reason }
    return format === 'json' ? JSON.stringify(status) : toProtobuf('Status', status)
  }
  const response = problem
    ? { partialSuccess: { rejectedSpans: String(problem.rejected ?? 0), errorMessage: problem.reason } }
    : {}
  return format === 'json' ? JSON.stringify(response) : toProtobuf('Response', response)
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
