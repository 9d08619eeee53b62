import { alreadyDeclared } from '../schema/custom.ts'
import { checkTraces } from '../otlp/decode.ts'
import type { Batch } from '../otlp/encode.ts'
import { fromProtobuf } from './protobuf.ts'
import { fromJson } from './traces.ts'

/** Encoding of an OTLP/HTTP message. The answer has the same one as the request. */
export type Format = 'json' | 'protobuf'

export interface Decoded {
  /** The sanitized spans of the types that become track events. */
  readonly batches: readonly Batch[]
  /** Number of all spans in the request. */
  readonly spans: number
  /** Number of spans that are malformed or not from cq-telemetry. */
  readonly refused: number
}

const textOf = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.length).toString()

/** Throws if the body is not a valid message in this format. */
export const decode = (body: Uint8Array, format: Format): Decoded => {
  const { traces, spans, withoutEvents } = format === 'protobuf' ? fromProtobuf(body) : fromJson(textOf(body))
  const batches = checkTraces(traces, alreadyDeclared, 'client', 'collector')
  const accepted = batches.reduce((sum, batch) => sum + batch.spans.length, 0)
  return { batches, spans, refused: spans - withoutEvents - accepted }
}
