/** Where something stands in a body: from `start` up to but not including `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Spans of cq-telemetry's scope that have the same resource. */
export interface SpanGroup {
  readonly resource: Range | undefined
  readonly spans: readonly Range[]
}

/** What is in a body, without anything of it being built. */
export interface Contents {
  readonly groups: readonly SpanGroup[]
  /** Number of all spans, those of other scopes included. */
  readonly spans: number
}

export class TooMany extends RangeError {}

/** Ids, times and type of a span of ours have more bytes. */
const leastBytes = 64
/** The sums of 2,000 resources have less. */
const mostBytes = 1_000_000

/** Whether it has no more bytes than a span or a resource of ours. */
export const isReadable = ({ start, end }: Range): boolean => end - start <= mostBytes

/** More than any span or resource of ours has. */
export const maxAttributes = 500

/** Resources, scopes, and fields of these that a body may have besides two for each span. */
const otherParts = 100_000

/** Counts what is in a body while it is read, and throws once it is too much. */
export class Count {
  spans = 0
  private parts = 0
  private readonly maxSpans: number

  constructor(maxSpans: number) {
    this.maxSpans = maxSpans
  }

  part(): void {
    if (++this.parts > otherParts + 2 * this.maxSpans) throw new TooMany(`more parts than ${this.maxSpans} spans have`)
  }

  /** Returns whether the span may be one of ours. */
  span(range: Range): boolean {
    if (++this.spans > this.maxSpans) throw new TooMany(`over ${this.maxSpans} spans`)
    return range.end - range.start >= leastBytes && isReadable(range)
  }
}
