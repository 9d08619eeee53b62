import { alreadyDeclared } from '../schema/custom.ts'
import { checkTraces } from '../otlp/decode.ts'
import type { Batch } from '../otlp/encode.ts'
import { fromProtobuf } from './protobuf.ts'
import { fromJson } from './traces.ts'

/** How OTLP/HTTP writes a message; an answer is written as the request was. */
export type Format = 'json' | 'protobuf'

export interface Decoded {
  /** Spans that have events, checked against the table. */
  readonly batches: readonly Batch[]
  /** All spans of the request. */
  readonly spans: number
  /** Spans that are none of ours, or broken. */
  readonly refused: number
}

const textOf = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.length).toString()

/** Throws for a body that is not what it says it is. */
export const decode = (body: Uint8Array, format: Format): Decoded => {
  const { traces, spans, withoutEvents } = format === 'protobuf' ? fromProtobuf(body) : fromJson(textOf(body))
  const batches = checkTraces(traces, alreadyDeclared, 'client', 'collector')
  const accepted = batches.reduce((sum, batch) => sum + batch.spans.length, 0)
  return { batches, spans, refused: spans - withoutEvents - accepted }
}
