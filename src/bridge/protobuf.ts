import protobuf, { type Reader } from 'protobufjs/minimal.js'
import { distro } from '../schema/distro.ts'
import type { HrTime, RawSpan } from '../schema/sanitize.ts'
import type { RawResourceSpans } from '../otlp/decode.ts'
import { type Traces, typesWithoutEvents } from './traces.ts'

/**
 * Reads the parts of OTLP's `ExportTraceServiceRequest` that the bridge needs, with protobufjs's wire reader and the
 * field numbers of opentelemetry-proto 1.x. A generated decoder would create three objects for each attribute, which
 * was most of the bridge's time. All other fields (links, events, trace state, schema URLs, …) are skipped.
 */

/** The tag that stands before a field's value: field number and wire type. */
const varint = (field: number): number => field << 3
const fixed64 = (field: number): number => (field << 3) | 1
const delimited = (field: number): number => (field << 3) | 2

/** Reads the fields of a message. `read` returns false for a field that is to be skipped. */
const eachField = (reader: Reader, length: number, read: (tag: number) => boolean): void => {
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('a message is longer than what holds it')
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (!read(tag)) reader.skipType(tag & 7)
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message')
}

type AttributeValue = string | number | boolean | AttributeValue[] | undefined

const readArray = (reader: Reader): AttributeValue[] => {
  const values: AttributeValue[] = []
  eachField(reader, reader.uint32(), (tag) => {
    if (tag !== delimited(1)) return false
    values.push(readValue(reader))
    return true
  })
  return values
}

const readValue = (reader: Reader): AttributeValue => {
  let value: AttributeValue
  eachField(reader, reader.uint32(), (tag) => {
    if (tag === delimited(1)) value = reader.string()
    else if (tag === varint(2)) value = reader.bool()
    else if (tag === varint(3)) value = Number(reader.int64())
    else if (tag === fixed64(4)) value = reader.double()
    else if (tag === delimited(5)) value = readArray(reader)
    else return false
    return true
  })
  return value
}

const readAttribute = (reader: Reader, attributes: Record<string, unknown>): void => {
  let key: string | undefined
  let value: AttributeValue
  eachField(reader, reader.uint32(), (tag) => {
    if (tag === delimited(1)) key = reader.string()
    else if (tag === delimited(2)) value = readValue(reader)
    else return false
    return true
  })
  if (key !== undefined) attributes[key] = value
}

const noAttributes = () => Object.create(null) as Record<string, unknown>

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

const readTime = (reader: Reader): HrTime => {
  const low = BigInt(reader.fixed32())
  const nanos = (BigInt(reader.fixed32()) << 32n) | low
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
}

const readSpan = (bytes: Uint8Array): RawSpan => {
  const reader = protobuf.Reader.create(bytes)
  const span = { traceId: '', spanId: '', parentSpanId: undefined as string | undefined, attributes: noAttributes() }
  const times: Record<'startTime' | 'endTime', HrTime> = { startTime: [-1, 0], endTime: [-1, 0] }
  eachField(reader, bytes.length, (tag) => {
    if (tag === delimited(1)) span.traceId = hex(reader.bytes())
    else if (tag === delimited(2)) span.spanId = hex(reader.bytes())
    else if (tag === delimited(4)) span.parentSpanId = hex(reader.bytes()) || undefined
    else if (tag === fixed64(7)) times.startTime = readTime(reader)
    else if (tag === fixed64(8)) times.endTime = readTime(reader)
    else if (tag === delimited(9)) readAttribute(reader, span.attributes)
    else return false
    return true
  })
  return { ...span, ...times }
}

const typeKey = 'cq.span.type'

/** The encoded attribute `cq.span.type` with this value. */
const encodedType = (type: string): Buffer =>
  Buffer.concat([
    Buffer.from([delimited(1), typeKey.length, ...Buffer.from(typeKey)]),
    Buffer.from([delimited(2), type.length + 2, delimited(1), type.length, ...Buffer.from(type)]),
  ])
const withoutEvents = typesWithoutEvents.map(encodedType)

/** Searches the bytes, because most spans have no events, and decoding them would take most of the time. */
const isWithoutEvents = (span: Uint8Array): boolean => {
  const bytes = Buffer.from(span.buffer, span.byteOffset, span.length)
  return withoutEvents.some((pattern) => bytes.includes(pattern))
}

const readScopeName = (reader: Reader): string => {
  let name = ''
  eachField(reader, reader.uint32(), (tag) => {
    if (tag !== delimited(1)) return false
    name = reader.string()
    return true
  })
  return name
}

interface Scope {
  name: string
  readonly spans: Uint8Array[]
}

const readScope = (reader: Reader): Scope => {
  const scope: Scope = { name: '', spans: [] }
  eachField(reader, reader.uint32(), (tag) => {
    if (tag === delimited(1)) scope.name = readScopeName(reader)
    else if (tag === delimited(2)) scope.spans.push(reader.bytes())
    else return false
    return true
  })
  return scope
}

const readResource = (reader: Reader, attributes: Record<string, unknown>): void =>
  eachField(reader, reader.uint32(), (tag) => {
    if (tag !== delimited(1)) return false
    readAttribute(reader, attributes)
    return true
  })

const readResourceSpans = (reader: Reader) => {
  const resource = noAttributes()
  const scopes: Scope[] = []
  eachField(reader, reader.uint32(), (tag) => {
    if (tag === delimited(1)) readResource(reader, resource)
    else if (tag === delimited(2)) scopes.push(readScope(reader))
    else return false
    return true
  })
  return { resource, scopes }
}

/** Decodes the spans that have events, and counts the others. Throws if the body is not a valid message. */
export const fromProtobuf = (body: Uint8Array): Traces => {
  const reader = protobuf.Reader.create(body)
  const traces: RawResourceSpans[] = []
  const counts = { spans: 0, withoutEvents: 0 }
  eachField(reader, body.length, (tag) => {
    if (tag !== delimited(1)) return false
    const { resource, scopes } = readResourceSpans(reader)
    const ours = scopes.filter(({ name }) => name === distro.name).flatMap(({ spans }) => spans)
    const wanted = ours.filter((span) => !isWithoutEvents(span))
    counts.spans += scopes.reduce((sum, { spans }) => sum + spans.length, 0)
    counts.withoutEvents += ours.length - wanted.length
    traces.push({ resource, spans: wanted.map(readSpan) })
    return true
  })
  return { traces, ...counts }
}

/** An encoded `ExportTraceServiceResponse` for a request of which a part is lost. */
export const partialSuccess = (rejectedSpans: number, errorMessage: string): Uint8Array => {
  const inner = protobuf.Writer.create()
  inner.uint32(varint(1)).int64(rejectedSpans).uint32(delimited(2)).string(errorMessage)
  return protobuf.Writer.create().uint32(delimited(1)).bytes(inner.finish()).finish()
}

/** An encoded `google.rpc.Status`, the body of an error. */
export const statusMessage = (message: string): Uint8Array =>
  protobuf.Writer.create().uint32(delimited(2)).string(message).finish()
