/**
 * `ExportTraceServiceResponse` of OTLP/HTTP, as JSON or as protobuf. Of its fields only the number of refused spans is
 * read: the message beside it is a text of the server's.
 */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const invalid = (): never => {
  throw new TypeError('no ExportTraceServiceResponse')
}

/** 64-bit integers are texts in OTLP's JSON, or numbers. */
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

/** The fields of a protobuf message with their numbers: integers of type varint, bytes of all others. */
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
 * How many spans the server refuses for good, of a request that it has taken. Undefined where the body is no such
 * message. An empty body is one without fields, unless its content type says that it is something else.
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
