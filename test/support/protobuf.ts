/** Writes protobuf as the attacks and the hostile clients of the tests need it, which no serializer would. */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]

/** Of the first byte of a field: its number and its wire type. */
export const tag = (number: number, wireType: number): number[] => varint(number * 8 + wireType)

/** A field that has a length. */
export const field = (number: number, content: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from([...tag(number, 2), ...varint(content.length)]), Buffer.from(content)])

/** A field of type `fixed64`. */
export const fixed64 = (number: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([Buffer.from(tag(number, 1)), bytes])
}
