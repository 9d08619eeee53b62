import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { rawSpan, readableSpanRemovals } from '../otlp/readable-span.ts'
import type { CustomRule } from '../schema/custom.ts'
import { otherError } from '../schema/errors.ts'
import type { Publicize } from '../schema/names.ts'
import {
  type RawSpan,
  sanitizeResource,
  sanitizeSpan,
  type SanitizedResource,
  type SanitizedSpan,
} from '../schema/sanitize.ts'
import type { SpanSink } from './span-sink.ts'

/** The most spans that wait for the end of their operation; then they are written earlier. */
const maxWaiting = 250

/** The span of an operation as it is sent if this process is killed before the operation ends. */
const abortedSpan = (span: RawSpan): RawSpan => ({
  ...span,
  endTime: span.startTime,
  attributes: { ...span.attributes, 'cq.aborted': true, 'cq.success': false, 'error.type': otherError },
})

/** An operation as it is reported before its end: a span of another type, so that nothing counts it twice, with the same ids. */
const progressSpan = (span: RawSpan, now: number): RawSpan => ({
  ...span,
  endTime: [Math.floor(now / 1000), Math.floor(now % 1000) * 1_000_000],
  attributes: { 'cq.span.type': 'progress', 'cq.operation.name': span.attributes['cq.operation.name'] },
})

/** Milliseconds after which an open operation is reported, then each time it has lasted twice as long, up to an hour. */
const firstReportMs = 60_000
const maxPauseMs = 3_600_000

interface OpenOperation {
  readonly span: ReadableSpan
  readonly removeMark: () => void
  /** Unix time in milliseconds. */
  reportAt: number
}

export interface SpanWriterOptions {
  readonly app: string
  readonly publicize: Publicize
  readonly custom: CustomRule
  /** Attributes of the resource; called for each write, since some become known late. */
  readonly facts: () => Readonly<Record<string, unknown>>
  readonly sink: SpanSink
}

/** Sanitizes the spans of a run and writes them to its sink, together with their operation. */
export class SpanWriter {
  private readonly options: SpanWriterOptions
  /** Only for the name of the run's span; `resource` makes the one that is written. */
  private readonly appResource: SanitizedResource
  private readonly open = new Map<string, OpenOperation>()
  private waiting: SanitizedSpan[] = []
  private closed = false
  private ending = false
  private held: string | undefined
  private lastOperation: RawSpan | undefined
  /** The last operation, if it was left out, with the attributes that it gets if it is written after all. */
  private skipped: { readonly span: RawSpan; readonly attributes: () => Attributes } | undefined
  /** What was written last. */
  private lastWritten: readonly SanitizedSpan[] = []
  /** Number of spans that were passed to the sink or wait for it. */
  recorded = 0

  constructor(options: SpanWriterOptions) {
    this.options = options
    this.appResource = sanitizeResource({ 'service.name': options.app }, options.publicize, 'client')
  }

  private readonly resource = () => sanitizeResource(this.options.facts(), this.options.publicize, 'client')

  private sanitize(span: RawSpan): SanitizedSpan | undefined {
    const { publicize, custom } = this.options
    return this.closed ? undefined : sanitizeSpan(span, this.appResource, publicize, custom)
  }

  /**
   * Marks an operation that has started: the mark is sent if this process is killed before the operation ends. One that is to be left
   * out is not reported before its end.
   */
  operationStarted(span: ReadableSpan, isFrequent: boolean): void {
    const raw = rawSpan(span)
    const aborted = this.sanitize(abortedSpan(raw))
    if (!aborted) return
    const removeMark = this.options.sink.mark(this.resource, [aborted])
    this.open.set(aborted.spanId, { span, removeMark, reportAt: isFrequent ? Infinity : Date.now() + firstReportMs })
  }

  /** Reports operations that have been open for long, so that a process that lives for days is not silent until its end. */
  reportOpen(now = Date.now()): void {
    const due = [...this.open.values()].filter(({ reportAt }) => reportAt <= now)
    for (const operation of due) {
      const raw = rawSpan(operation.span)
      const lasted = now - raw.startTime[0] * 1000
      operation.reportAt = now + Math.min(Math.max(lasted, firstReportMs), maxPauseMs)
      const report = this.sanitize(progressSpan(raw, now))
      if (report) this.waiting.push(report)
    }
    if (due.length > 0) this.flush()
  }

  /** The operation with this id waits for its crash report, which is written before it. */
  hold(spanId: string | undefined): void {
    this.held = spanId
  }

  spanEnded(span: ReadableSpan): void {
    const { publicize, custom, sink } = this.options
    sink.removed?.(readableSpanRemovals(span, publicize, custom))
    this.write(rawSpan(span))
  }

  /** An operation is left out. `attributes` is called if it is written after all, by `failLast`. */
  operationSkipped(span: ReadableSpan, attributes: () => Attributes): void {
    this.removeMark(span.spanContext().spanId)
    this.skipped = { span: rawSpan(span), attributes }
  }

  /** Writes an operation or a crash at once, with the spans that wait. Another span waits for its operation. */
  write(span: RawSpan): void {
    const sanitized = this.sanitize(span)
    if (!sanitized) return
    const { type } = sanitized
    if (type === 'crash') this.waiting.unshift(sanitized)
    else this.waiting.push(sanitized)
    this.recorded += 1
    if (type === 'operation') this.lastOperation = span
    const waits = type === 'operation' && sanitized.spanId === this.held
    const isOver = !this.ending && ((type === 'operation' && !waits) || type === 'crash')
    if (isOver || this.waiting.length >= maxWaiting) this.flush()
  }

  /**
   * Writes the last operation again, or one that was left out, with a failure that came to be known after its end. Not if it may be
   * sent already.
   */
  failLast(failure: Attributes): void {
    if (this.skipped) return this.writeSkipped(failure)
    const { lastOperation: span, lastWritten } = this
    const at = lastWritten.findIndex(({ type }) => type === 'operation')
    if (!span || at === -1 || lastWritten[at]?.attributes['cq.success'] !== true) return
    const failed = this.sanitize({ ...span, attributes: { ...span.attributes, ...failure, 'cq.success': false } })
    if (!failed || !this.options.sink.takeBack?.()) return
    this.lastWritten = lastWritten.map((each, index) => (index === at ? failed : each))
    this.options.sink.write(this.resource, this.lastWritten)
  }

  private writeSkipped(failure: Attributes): void {
    if (!this.skipped) return
    const { span, attributes } = this.skipped
    this.skipped = undefined
    this.write({ ...span, attributes: { ...span.attributes, ...attributes(), ...failure, 'cq.success': false } })
  }

  /** The run is ending, and its open operations with it: their spans are written together. */
  beginEnd(): void {
    this.ending = true
  }

  /** Writes what waits, and removes the marks of it. */
  flush(): void {
    if (this.waiting.length === 0) return
    const spans = this.waiting
    this.waiting = []
    this.options.sink.write(this.resource, spans)
    this.lastWritten = spans
    for (const { type, spanId } of spans) if (type === 'operation') this.removeMark(spanId)
  }

  /** Only once the operation is written: the mark is what reports it until then. */
  private removeMark(spanId: string): void {
    this.open.get(spanId)?.removeMark()
    this.open.delete(spanId)
  }

  /** Writes what waits. Spans that end later are not recorded. */
  close(): void {
    this.flush()
    this.closed = true
  }
}
