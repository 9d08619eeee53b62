import type { Encoding } from './load.ts'
import { field, fixed64 } from './protobuf.ts'

/** Bodies of OTLP with spans that no SDK makes: a key several times, and any time. */

/** In their order; a key may come several times. The value `undefined` is one without content. */
export type RawAttributes = readonly (readonly [key: string, value: string | readonly string[] | undefined])[]

export interface RawSpan {
  readonly spanId: string
  readonly resource?: RawAttributes
  readonly attributes: RawAttributes
  /** Of an event `exception`. */
  readonly exception?: RawAttributes
  /** Nanoseconds since 1970. */
  readonly start: bigint
  readonly end: bigint
}

export const rawTraceId = '0af7651916cd43dd8448eb211c80319c'
const name = 'a-secret'
const scope = 'cq-telemetry'

const jsonValue = (value: RawAttributes[number][1]): object => {
  if (value === undefined) return {}
  return typeof value === 'string'
    ? { stringValue: value }
    : { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } }
}
const jsonAttributes = (attributes: RawAttributes = []) =>
  attributes.map(([key, value]) => ({ key, value: jsonValue(value) }))

const jsonSpan = ({ spanId, resource, attributes, exception, start, end }: RawSpan) => ({
  resource: { attributes: jsonAttributes(resource) },
  scopeSpans: [
    {
      scope: { name: scope },
      spans: [
        {
          traceId: rawTraceId,
          spanId,
          name,
          startTimeUnixNano: String(start),
          endTimeUnixNano: String(end),
          attributes: jsonAttributes(attributes),
          events: exception
            ? [{ name: 'exception', timeUnixNano: String(start), attributes: jsonAttributes(exception) }]
            : [],
        },
      ],
    },
  ],
})

const protobufValue = (value: RawAttributes[number][1]): Uint8Array => {
  if (value === undefined) return new Uint8Array()
  return typeof value === 'string'
    ? field(1, value)
    : field(5, Buffer.concat(value.map((each) => field(1, field(1, each)))))
}
/** Attributes have another field number in each message. */
const protobufAttributes = (number: number, attributes: RawAttributes = []): Buffer =>
  Buffer.concat(
    attributes.map(([key, value]) => field(number, Buffer.concat([field(1, key), field(2, protobufValue(value))]))),
  )

const protobufSpan = ({ spanId, resource, attributes, exception, start, end }: RawSpan): Buffer => {
  const event = exception && [fixed64(1, start), field(2, 'exception'), protobufAttributes(3, exception)]
  const span = [
    field(1, Buffer.from(rawTraceId, 'hex')),
    field(2, Buffer.from(spanId, 'hex')),
    field(5, name),
    fixed64(7, start),
    fixed64(8, end),
    protobufAttributes(9, attributes),
    ...(event ? [field(11, Buffer.concat(event))] : []),
  ]
  const scopeSpans = Buffer.concat([field(1, field(1, scope)), field(2, Buffer.concat(span))])
  return field(1, Buffer.concat([field(1, protobufAttributes(1, resource)), field(2, scopeSpans)]))
}

/** A request with the spans, each with a resource of its own. */
export const rawBody = (spans: readonly RawSpan[], encoding: Encoding): Uint8Array =>
  encoding === 'json'
    ? Buffer.from(JSON.stringify({ resourceSpans: spans.map(jsonSpan) }))
    : Buffer.concat(spans.map(protobufSpan))
