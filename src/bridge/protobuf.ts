import protobuf, { type Reader } from 'protobufjs/minimal.js'
import { distro } from '../schema/distro.ts'
import type { Contents, Count, Range, SpanGroup } from './contents.ts'
import { delimited, eachField } from './wire.ts'

/** Finds the spans in OTLP's `ExportTraceServiceRequest`, without decoding them. */

const readRange = (reader: Reader): Range => {
  const length = reader.uint32()
  const start = reader.pos
  reader.skip(length)
  return { start, end: reader.pos }
}

const scopeName = Buffer.from(distro.name)

class ProtobufIndex {
  private readonly body: Uint8Array
  private readonly reader: Reader
  private readonly count: Count

  constructor(body: Uint8Array, count: Count) {
    this.body = body
    this.reader = protobuf.Reader.create(body)
    this.count = count
  }

  groups(): SpanGroup[] {
    const groups: SpanGroup[] = []
    this.each(this.reader.len, (tag) => {
      if (tag !== delimited(1)) return false
      const group = this.group()
      if (group.spans.length > 0) groups.push(group)
      return true
    })
    return groups
  }

  private each(length: number, read: (tag: number) => boolean): void {
    eachField(this.reader, length, (tag) => {
      this.count.part()
      return read(tag)
    })
  }

  private group(): SpanGroup {
    let resource: Range | undefined
    const spans: Range[] = []
    this.each(this.reader.uint32(), (tag) => {
      if (tag === delimited(1)) resource = readRange(this.reader)
      else if (tag === delimited(2)) this.scope(spans)
      else return false
      return true
    })
    return { resource, spans }
  }

  /** Adds the spans of the scope, if it is ours. */
  private scope(spans: Range[]): void {
    let isOurs = false
    const before = spans.length
    this.each(this.reader.uint32(), (tag) => {
      if (tag === delimited(1)) isOurs = this.isOurScope()
      else if (tag === delimited(2)) this.span(spans)
      else return false
      return true
    })
    if (!isOurs) spans.length = before
  }

  private isOurScope(): boolean {
    let isOurs = false
    this.each(this.reader.uint32(), (tag) => {
      if (tag !== delimited(1)) return false
      isOurs = this.isOurName(readRange(this.reader))
      return true
    })
    return isOurs
  }

  private isOurName({ start, end }: Range): boolean {
    return end - start === scopeName.length && scopeName.equals(this.body.subarray(start, end))
  }

  private span(spans: Range[]): void {
    const range = readRange(this.reader)
    if (this.count.span(range)) spans.push(range)
  }
}

/** The contents of a body. Throws if the body is not a valid message, or has more parts than allowed. */
export const protobufContents = (body: Uint8Array, count: Count): Contents => ({
  groups: new ProtobufIndex(body, count).groups(),
  spans: count.spans,
})
