import type { Reader } from 'protobufjs/minimal.js'

/** The wire format of protobuf. The tag before a field's value contains the field's number and its wire type. */
export const varint = (field: number): number => field << 3
export const fixed64 = (field: number): number => (field << 3) | 1
export const delimited = (field: number): number => (field << 3) | 2

/** Reads the fields of a message. `read` returns false for a field that it does not read, which is then skipped. */
export const eachField = (reader: Reader, length: number, read: (tag: number) => boolean): void => {
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('a message is longer than what holds it')
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (!read(tag)) reader.skipType(tag & 7)
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message')
}
