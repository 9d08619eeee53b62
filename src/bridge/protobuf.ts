import protobuf from 'protobufjs/light.js'

/**
 * The part of OTLP's `ExportTraceServiceRequest` that the bridge reads, by the field numbers of opentelemetry-proto 1.x.
 * What is not here (links, trace state, schema URLs, …) is skipped by the decoder and never read.
 */
const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) })

const definitions = {
  Request: { fields: { resourceSpans: field('ResourceSpans', 1, 'repeated') } },
  ResourceSpans: { fields: { resource: field('Resource', 1), scopeSpans: field('ScopeSpans', 2, 'repeated') } },
  Resource: { fields: { attributes: field('KeyValue', 1, 'repeated') } },
  ScopeSpans: { fields: { scope: field('Scope', 1), spans: field('Span', 2, 'repeated') } },
  Scope: { fields: { name: field('string', 1) } },
  Span: {
    fields: {
      traceId: field('bytes', 1),
      spanId: field('bytes', 2),
      parentSpanId: field('bytes', 4),
      startTimeUnixNano: field('fixed64', 7),
      endTimeUnixNano: field('fixed64', 8),
      attributes: field('KeyValue', 9, 'repeated'),
    },
  },
  KeyValue: { fields: { key: field('string', 1), value: field('AnyValue', 2) } },
  AnyValue: {
    oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue'] } },
    fields: {
      stringValue: field('string', 1),
      boolValue: field('bool', 2),
      intValue: field('int64', 3),
      doubleValue: field('double', 4),
      arrayValue: field('ArrayValue', 5),
    },
  },
  ArrayValue: { fields: { values: field('AnyValue', 1, 'repeated') } },
}

const request = protobuf.Root.fromJSON({ nested: definitions }).lookupType('Request')

const hex = (bytes: unknown): string => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : '')

interface DecodedSpan extends Record<string, unknown> {
  traceId?: unknown
  spanId?: unknown
  parentSpanId?: unknown
}

interface Decoded {
  resourceSpans?: { scopeSpans?: { spans?: DecodedSpan[] }[] }[]
}

/**
 * The body as OTLP's JSON has it: ids in hex, times as digits. (Times lose less than a microsecond: they pass through a
 * double.) Throws for bytes that are no such message.
 */
export const fromProtobuf = (body: Uint8Array): unknown => {
  const decoded = request.toObject(request.decode(body), { longs: String }) as Decoded
  for (const { scopeSpans = [] } of decoded.resourceSpans ?? []) {
    for (const span of scopeSpans.flatMap(({ spans = [] }) => spans)) {
      span.traceId = hex(span.traceId)
      span.spanId = hex(span.spanId)
      span.parentSpanId = hex(span.parentSpanId)
    }
  }
  return decoded
}

/** The fields of an answer that tells of a part that was not taken. */
const answers = protobuf.Root.fromJSON({
  nested: {
    PartialSuccess: { fields: { rejectedSpans: field('int64', 1), errorMessage: field('string', 2) } },
    Response: { fields: { partialSuccess: field('PartialSuccess', 1) } },
    /** `google.rpc.Status`, the body of an error. */
    Status: { fields: { code: field('int32', 1), message: field('string', 2) } },
  },
})

export const toProtobuf = (type: 'Response' | 'Status', value: object): Uint8Array<ArrayBuffer> => {
  const known = answers.lookupType(type)
  return Uint8Array.from(known.encode(known.fromObject(value)).finish())
}
