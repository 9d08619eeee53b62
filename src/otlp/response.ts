/**
 * Reads an OTLP/HTTP `ExportTraceServiceResponse`, in JSON or protobuf. Only the number of rejected spans is read. The
 * message is free text of the server and is ignored.
 */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const invalid = (): never => {
  throw new TypeError('no ExportTraceServiceResponse')
}

/** OTLP/JSON writes a 64-bit integer as a string or as a number. */
const countOf = (value: unknown): number => {
  const count = typeof value === 'string' && /^\d{1,19}$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(count) && Number(count) >= 0 ? Number(count) : invalid()
}

const inJson = (text: string): number => {
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) return invalid()
  const partial = message['partialSuccess'] ?? {}
  return isObject(partial) ? countOf(partial['rejectedSpans'] ?? 0) : invalid()
}

/** The fields of a protobuf message as pairs of number and value: an integer for a varint, otherwise bytes. */
function* fieldsIn(message: Uint8Array): Generator<[number, number | Uint8Array]> {
  let at = 0
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? invalid()
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  const bytes = (length: number): Uint8Array =>
    at + length <= message.length ? message.subarray(at, (at += length)) : invalid()
  while (at < message.length) {
    const tag = varint()
    const type = tag % 8
    const value = type === 0 ? varint() : bytes(type === 1 ? 8 : type === 2 ? varint() : type === 5 ? 4 : invalid())
    yield [Math.floor(tag / 8), value]
  }
}

const inProtobuf = (message: Uint8Array): number => {
  let count = 0
  for (const [field, partial] of fieldsIn(message)) {
    if (field !== 1) continue
    if (typeof partial === 'number') return invalid()
    for (const [inner, value] of fieldsIn(partial)) if (inner === 1) count = countOf(value)
  }
  return count
}

/**
 * The number of spans in an accepted request that the server rejected for good. Returns undefined if the body is not
 * such a message. An empty body is a message without fields, unless its content type is neither JSON nor protobuf.
 */
export const rejectedSpans = (contentType: string, body: Buffer): number | undefined => {
  try {
    if (contentType === 'application/x-protobuf') return inProtobuf(body)
    if (body.length === 0) return ['', 'application/json'].includes(contentType) ? 0 : undefined
    return contentType === 'application/json' ? inJson(body.toString('utf8')) : undefined
  } catch {
    return undefined
  }
}
