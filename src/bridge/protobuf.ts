import protobuf from 'protobufjs/light.js'
import { distro } from '../schema/distro.ts'
import { type Traces, typesWithoutEvents } from './traces.ts'

/**
 * The part of OTLP's `ExportTraceServiceRequest` that the bridge reads, by the field numbers of opentelemetry-proto 1.x.
 * What is not here (links, trace state, schema URLs, …) is skipped by the decoder and never read.
 */
const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) })

const definitions = {
  Request: { fields: { resourceSpans: field('ResourceSpans', 1, 'repeated') } },
  ResourceSpans: { fields: { resource: field('Resource', 1), scopeSpans: field('ScopeSpans', 2, 'repeated') } },
  Resource: { fields: { attributes: field('KeyValue', 1, 'repeated') } },
  ScopeSpans: { fields: { scope: field('Scope', 1), spans: field('bytes', 2, 'repeated') } },
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

const root = protobuf.Root.fromJSON({ nested: definitions })
const request = root.lookupType('Request')
const spanType = root.lookupType('Span')

const hex = (bytes: unknown): string => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : '')

const decodeSpan = (bytes: Uint8Array): unknown => {
  const span = spanType.toObject(spanType.decode(bytes), { longs: String })
  return {
    ...span,
    traceId: hex(span['traceId']),
    spanId: hex(span['spanId']),
    parentSpanId: hex(span['parentSpanId']),
  }
}

/** `cq.span.type` and its value, as the bytes of a `KeyValue`. */
const typed = (type: string): Buffer =>
  Buffer.from(
    `\n\x0ccq.span.type\x12${String.fromCharCode(type.length + 2)}\n${String.fromCharCode(type.length)}${type}`,
  )
const withoutEvents = typesWithoutEvents.map(typed)

/** Most spans have no events: they are told apart by their bytes, and not decoded. */
const isWithoutEvents = (span: Uint8Array): boolean => {
  const bytes = Buffer.from(span.buffer, span.byteOffset, span.length)
  return withoutEvents.some((pattern) => bytes.includes(pattern))
}

interface DecodedScope {
  scope?: { name?: string }
  spans?: Uint8Array[]
}

interface Decoded {
  resourceSpans?: { resource?: object; scopeSpans?: DecodedScope[] }[]
}

/**
 * The body as OTLP's JSON has it: ids in hex, times as digits, without the spans that have no events; and how many
 * spans there were, and were left out. (Times lose less than a microsecond: they pass through a double.) Throws for
 * bytes that are no such message.
 */
export const fromProtobuf = (body: Uint8Array): Traces => {
  const { resourceSpans = [] } = request.toObject(request.decode(body), { longs: String }) as Decoded
  let all = 0
  let left = 0
  const decoded = resourceSpans.map(({ resource, scopeSpans = [] }) => ({
    resource,
    scopeSpans: scopeSpans.map(({ scope, spans = [] }) => {
      const ours = scope?.name === distro.name
      const wanted = ours ? spans.filter((span) => !isWithoutEvents(span)) : []
      all += spans.length
      left += ours ? spans.length - wanted.length : 0
      return { scope, spans: wanted.map(decodeSpan) }
    }),
  }))
  return { traces: { resourceSpans: decoded }, spans: all, withoutEvents: left }
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
