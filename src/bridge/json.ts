import { attributesOf, rawSpan } from '../otlp/decode.ts'
import { distro } from '../schema/distro.ts'
import type { RawSpan } from '../schema/sanitize.ts'
import { type Contents, type Count, maxAttributes, type Range, type SpanGroup } from './contents.ts'
import { typesWithoutEvents } from './events.ts'
import { JsonScanner } from './json-scanner.ts'

/**
 * Finds the spans in OTLP/JSON without parsing it, and parses one at a time. A parsed body takes ten times its bytes.
 */

type Json = Record<string, unknown>
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

class JsonIndex {
  private readonly body: Buffer
  private readonly scanner: JsonScanner
  private readonly count: Count

  constructor(body: Buffer, count: Count) {
    this.body = body
    this.scanner = new JsonScanner(body)
    this.count = count
  }

  groups(): SpanGroup[] {
    if (!this.scanner.isObject) throw new SyntaxError('no TracesData')
    const groups: SpanGroup[] = []
    this.each({
      resourceSpans: () =>
        this.elements(() => {
          const group = this.group()
          if (group.spans.length > 0) groups.push(group)
        }),
    })
    this.scanner.space()
    if (!this.scanner.atEnd) throw new SyntaxError('more than JSON')
    return groups
  }

  private each(readers: Readonly<Record<string, () => void>>): void {
    this.scanner.members((key) => {
      this.count.part()
      if (Object.hasOwn(readers, key)) readers[key]?.()
      else this.scanner.skip()
    })
  }

  private elements(read: () => void): void {
    this.scanner.elements(() => {
      this.count.part()
      read()
    })
  }

  private group(): SpanGroup {
    let resource: Range | undefined
    const spans: Range[] = []
    this.each({
      resource: () => (resource = this.range()),
      scopeSpans: () => this.elements(() => this.scope(spans)),
    })
    return { resource, spans }
  }

  /** Adds the spans of the scope, if it is ours. */
  private scope(spans: Range[]): void {
    let name: unknown
    const before = spans.length
    this.each({
      scope: () =>
        this.each({
          name: () => (name = this.shortText()),
        }),
      spans: () =>
        this.elements(() => {
          const range = this.range()
          if (this.count.span(range)) spans.push(range)
        }),
    })
    if (name !== distro.name) spans.length = before
  }

  /** The string at this position; undefined if it is longer than any key that is looked for. */
  private shortText(): unknown {
    const { start, end } = this.range()
    return end - start < 100 ? (JSON.parse(this.body.toString('utf8', start, end)) as unknown) : undefined
  }

  private range(): Range {
    const start = this.scanner.pos
    this.scanner.skip()
    return { start, end: this.scanner.pos }
  }
}

/** The contents of a body. Throws if the body is not a JSON object, or has more parts than allowed. */
export const jsonContents = (body: Uint8Array, count: Count): Contents => ({
  groups: new JsonIndex(bufferOf(body), count).groups(),
  spans: count.spans,
})

const parse = (bytes: Uint8Array): Json => {
  const value: unknown = JSON.parse(bufferOf(bytes).toString())
  if (!isObject(value)) return {}
  if (listOf(value['attributes']).length > maxAttributes) throw new RangeError(`over ${maxAttributes} attributes`)
  return value
}

const isWithoutEvents = (span: Json): boolean =>
  listOf(span['attributes']).some((each) => {
    if (!isObject(each) || each['key'] !== 'cq.span.type' || !isObject(each['value'])) return false
    return typesWithoutEvents.includes(String(each['value']['stringValue']))
  })

/** A span; undefined if it has no events. Throws if it is not valid JSON, or has too many attributes. */
export const jsonSpan = (bytes: Uint8Array): RawSpan | undefined => {
  const span = parse(bytes)
  return isWithoutEvents(span) ? undefined : rawSpan(span)
}

/** The attributes of a resource. Throws if it is not valid JSON, or has too many attributes. */
export const jsonResource = (bytes: Uint8Array): Json => attributesOf(parse(bytes)['attributes'])
