/** A range of bytes in a body: from `start` up to but not including `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Spans of cq-telemetry's scope that have the same resource. */
export interface SpanGroup {
  readonly resource: Range | undefined
  readonly spans: readonly Range[]
}

/** The contents of a body, before any value is built. */
export interface Contents {
  readonly groups: readonly SpanGroup[]
  /** Number of all spans, including those of other scopes. */
  readonly spans: number
}

export class TooMany extends RangeError {}

/** The ids, times and type of a span of ours take more bytes. */
const leastBytes = 64
/** The sums of 2,000 resources take fewer bytes. */
const mostBytes = 1_000_000

/** Whether the range is not longer than a span or a resource of ours can be. */
export const isReadable = ({ start, end }: Range): boolean => end - start <= mostBytes

/** More than any span or resource of ours has. */
export const maxAttributes = 500

/** The most resources, scopes, and fields of these in a body, in addition to two for each span. */
const otherParts = 100_000

/** Counts the parts of a body while it is read, and throws when there are too many. */
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
