import { alreadyDeclared } from '../schema/custom.ts'
import { alreadyPublic } from '../schema/names.ts'
import {
  type RawSpan,
  sanitizeResource,
  sanitizeSpan,
  type SanitizedResource,
  type SanitizedSpan,
} from '../schema/sanitize.ts'
import { type Contents, Count, isReadable, type Range } from './contents.ts'
import { jsonContents, jsonResource, jsonSpan } from './json.ts'
import { protobufContents } from './protobuf.ts'
import { protobufResource, protobufSpan } from './protobuf-span.ts'

/** Encoding of an OTLP/HTTP message. The answer has the encoding of the request. */
export type Format = 'json' | 'protobuf'

interface Decoder {
  readonly contents: (body: Uint8Array, count: Count) => Contents
  readonly resource: (bytes: Uint8Array) => Readonly<Record<string, unknown>>
  /** Undefined for a span without events. */
  readonly span: (bytes: Uint8Array) => RawSpan | undefined
}

const decoders: Readonly<Record<Format, Decoder>> = {
  json: { contents: jsonContents, resource: jsonResource, span: jsonSpan },
  protobuf: { contents: protobufContents, resource: protobufResource, span: protobufSpan },
}

/**
 * A sanitized span with its resource. `refused` is a span that is malformed or not from cq-telemetry, and `without
 * events` one that becomes no track event.
 */
export type Decoded =
  { readonly span: SanitizedSpan; readonly resource: SanitizedResource } | 'refused' | 'without events'

/**
 * The spans of a body. They are decoded one at a time, since all at once would take many times the bytes of the body.
 */
export class Spans {
  /** Number of all spans in the body. */
  readonly count: number
  private readonly body: Uint8Array
  private readonly decoder: Decoder
  private readonly contents: Contents

  /**
   * Throws if the body is not a valid message in this format, and throws `TooMany` if it has more than `maxSpans`
   * spans.
   */
  constructor(body: Uint8Array, format: Format, maxSpans: number) {
    this.body = body
    this.decoder = decoders[format]
    this.contents = this.decoder.contents(body, new Count(maxSpans))
    this.count = this.contents.spans
  }

  /** The spans that may be from cq-telemetry. */
  *decoded(): Generator<Decoded> {
    for (const { resource, spans } of this.contents.groups) {
      const sanitized = this.resource(resource)
      for (const range of spans) yield sanitized ? this.span(range, sanitized) : 'refused'
    }
  }

  private bytes({ start, end }: Range): Uint8Array {
    return this.body.subarray(start, end)
  }

  private resource(range: Range | undefined): SanitizedResource | undefined {
    if (range && !isReadable(range)) return undefined
    try {
      const raw = range ? this.decoder.resource(this.bytes(range)) : {}
      return sanitizeResource(raw, alreadyPublic, 'client', 'collector')
    } catch {
      return undefined
    }
  }

  private span(range: Range, resource: SanitizedResource): Decoded {
    try {
      const raw = this.decoder.span(this.bytes(range))
      if (!raw) return 'without events'
      const span = sanitizeSpan(raw, resource, alreadyPublic, alreadyDeclared)
      return span ? { span, resource } : 'refused'
    } catch {
      return 'refused'
    }
  }
}
