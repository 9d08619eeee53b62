import protobuf, { type Reader } from 'protobufjs/minimal.js'
import type { HrTime, RawSpan } from '../schema/sanitize.ts'
import { maxAttributes } from './contents.ts'
import { typesWithoutEvents } from './events.ts'
import { delimited, eachField, fixed64, varint } from './wire.ts'

/**
 * Reads the parts of OTLP's spans and resources that the bridge needs, with protobufjs's wire reader and the field
 * numbers of opentelemetry-proto 1.x. A generated decoder would create three objects for each attribute, which was most
 * of the bridge's time. All other fields (links, events, trace state, schema URLs, …) are skipped.
 */

type Scalar = string | number | boolean | undefined
type AttributeValue = Scalar | Scalar[]

const readArray = (reader: Reader): Scalar[] => {
  const values: Scalar[] = []
  eachField(reader, reader.uint32(), (tag) => {
    if (tag !== delimited(1)) return false
    values.push(readValue(reader, false) as Scalar)
    return true
  })
  return values
}

/**
 * Reads a value. An array in an array is skipped: none of our attributes has one, and each level would use a level of
 * the stack.
 */
const readValue = (reader: Reader, arrays: boolean): AttributeValue => {
  let value: AttributeValue
  eachField(reader, reader.uint32(), (tag) => {
    if (tag === delimited(1)) value = reader.string()
    else if (tag === varint(2)) value = reader.bool()
    else if (tag === varint(3)) value = Number(reader.int64())
    else if (tag === fixed64(4)) value = reader.double()
    else if (tag === delimited(5) && arrays) value = readArray(reader)
    else return false
    return true
  })
  return value
}

type Attributes = Record<string, unknown>

/** The attributes of a message, and how many it has. */
class AttributeList {
  readonly byKey = Object.create(null) as Attributes
  private count = 0

  read(reader: Reader): void {
    if (++this.count > maxAttributes) throw new RangeError(`over ${maxAttributes} attributes`)
    let key: string | undefined
    let value: AttributeValue
    eachField(reader, reader.uint32(), (tag) => {
      if (tag === delimited(1)) key = reader.string()
      else if (tag === delimited(2)) value = readValue(reader, true)
      else return false
      return true
    })
    if (key !== undefined) this.byKey[key] = value
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

const readTime = (reader: Reader): HrTime => {
  const low = BigInt(reader.fixed32())
  const nanos = (BigInt(reader.fixed32()) << 32n) | low
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
}

const readSpan = (bytes: Uint8Array): RawSpan => {
  const reader = protobuf.Reader.create(bytes)
  const attributes = new AttributeList()
  const ids = { traceId: '', spanId: '', parentSpanId: undefined as string | undefined }
  const times: Record<'startTime' | 'endTime', HrTime> = { startTime: [-1, 0], endTime: [-1, 0] }
  eachField(reader, bytes.length, (tag) => {
    if (tag === delimited(1)) ids.traceId = hex(reader.bytes())
    else if (tag === delimited(2)) ids.spanId = hex(reader.bytes())
    else if (tag === delimited(4)) ids.parentSpanId = hex(reader.bytes()) || undefined
    else if (tag === fixed64(7)) times.startTime = readTime(reader)
    else if (tag === fixed64(8)) times.endTime = readTime(reader)
    else if (tag === delimited(9)) attributes.read(reader)
    else return false
    return true
  })
  return { ...ids, ...times, attributes: attributes.byKey }
}

const typeKey = 'cq.span.type'

/** The encoded attribute `cq.span.type` with this value. */
const encodedType = (type: string): Buffer =>
  Buffer.concat([
    Buffer.from([delimited(1), typeKey.length, ...Buffer.from(typeKey)]),
    Buffer.from([delimited(2), type.length + 2, delimited(1), type.length, ...Buffer.from(type)]),
  ])
const withoutEvents = typesWithoutEvents.map(encodedType)

/**
 * Whether the span has no events. It searches the bytes, because most spans have no events, and decoding them would
 * take most of the time.
 */
const isWithoutEvents = (span: Uint8Array): boolean => {
  const bytes = Buffer.from(span.buffer, span.byteOffset, span.length)
  return withoutEvents.some((pattern) => bytes.includes(pattern))
}

/** A span; undefined if it has no events. Throws if the bytes are not a valid message. */
export const protobufSpan = (bytes: Uint8Array): RawSpan | undefined =>
  isWithoutEvents(bytes) ? undefined : readSpan(bytes)

/** The attributes of a resource. Throws if the bytes are not a valid message. */
export const protobufResource = (bytes: Uint8Array): Attributes => {
  const reader = protobuf.Reader.create(bytes)
  const attributes = new AttributeList()
  eachField(reader, bytes.length, (tag) => {
    if (tag !== delimited(1)) return false
    attributes.read(reader)
    return true
  })
  return attributes.byKey
}
