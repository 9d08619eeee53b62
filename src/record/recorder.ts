import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { randomHex } from '../machine/ids.ts'
import { rawSpan, readableSpanRemovals } from '../otlp/readable-span.ts'
import { type Declarations, declared } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import { otherError } from '../schema/errors.ts'
import { type Pseudonym, publicize, type PublicNames } from '../schema/names.ts'
import { wholeSpan } from '../schema/removals.ts'
import { sanitizeResource, sanitizeSpan, type SanitizedSpan } from '../schema/sanitize.ts'
import type { CrashKind, ErrorClass } from '../schema/vocabulary.ts'
import { ActiveContext } from './active-context.ts'
import { CrashReporter, killedCrash } from './crash/reporter.ts'
import { classify } from './errors.ts'
import { AggregatingProcessor, maxSpans } from './processor.ts'
import type { SpanSink } from './span-sink.ts'
import type { TraceParent } from './trace-parent.ts'
import { RunTracer } from './tracer.ts'
import { errorAttributes, Operations, type RunContext } from './operations.ts'

export interface RecorderOptions {
  readonly app: { readonly name: string; readonly version: string }
  readonly publicNames: PublicNames
  readonly pseudonym?: Pseudonym
  /** Spans below an operation that are handed on one by one. */
  readonly maxSpans?: number
  readonly attributes?: Declarations
  readonly classifyError: ((error: unknown) => ErrorClass | undefined) | undefined
  /** Attributes of the resource; asked at each writing, since some become known late. */
  readonly facts: () => Readonly<Record<string, unknown>>
  readonly sink: SpanSink
  /** The span of another process that the run is a part of. */
  readonly parent?: TraceParent | undefined
}

export interface Recorder {
  readonly operations: Operations
  readonly tracer: Tracer
  /** Reports an error that nobody caught, at once; the end of the run names it too. */
  uncaught(error: unknown, kind: CrashKind): void
  /** Notes what ends the run, without a report. */
  note(error: unknown): void
  /** The span that is active. */
  active(): TraceParent
  /** Ends what is still open, then the run itself, and writes all that is left. */
  end(exitCode: number): void
}

/** Spans that wait for their operation's end at most; more are written before. */
const maxWaiting = 250
/** An operation's own attributes with room to spare: the SDK's default of 128 would cut the sums off in silence. */
const attributeCountLimit = 512

const providerOf = (app: RecorderOptions['app'], processor: AggregatingProcessor): TracerProvider =>
  new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': app.name, 'service.version': app.version }),
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => randomHex(32), generateSpanId: () => randomHex(16) },
    spanLimits: { attributeCountLimit, eventCountLimit: 0, linkCountLimit: 0 },
    spanProcessors: [processor],
  })

const sampled = 1
const contextBelow = (parent: TraceParent | undefined): Context =>
  parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: sampled, isRemote: true }) : ROOT_CONTEXT

/** What the next run is to say of an operation that has just begun, should this process be killed. */
const aborted = (span: ReadableSpan) => {
  const begun = rawSpan(span)
  const attributes = { ...begun.attributes, 'cq.aborted': true, 'cq.success': false, 'error.type': otherError }
  return { ...begun, endTime: begun.startTime, attributes }
}

const endRun = (span: Span, exitCode: number, runContext: RunContext): void => {
  const failed = exitCode !== 0
  const wrong = runContext.lastFailure
  span.setAttributes({
    'process.exit.code': exitCode,
    'cq.success': !failed,
    ...(failed && (wrong ? errorAttributes(runContext.classify(wrong.error)) : { 'error.type': otherError })),
  })
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** Begins the run: its span is the parent of all others, from the start of the process on. */
export const startRecorder = (options: RecorderOptions): Recorder => {
  const { app, classifyError, facts, sink, maxSpans: cap = maxSpans } = options
  const judge = publicize(options.publicNames, options.pseudonym)
  const custom = declared(options.attributes ?? {})
  const own = sanitizeResource({ 'service.name': app.name }, judge, 'client')
  const resource = () => sanitizeResource(facts(), judge, 'client')
  const marks = new Map<string, () => void>()
  let waiting: SanitizedSpan[] = []
  let recorded = 0
  let over = false

  const write = () => {
    if (waiting.length === 0) return
    const spans = waiting
    waiting = []
    sink.write(resource, spans)
  }
  const begun = (span: ReadableSpan) => {
    const safe = over ? undefined : sanitizeSpan(aborted(span), own, judge, custom)
    const killed = sanitizeSpan(killedCrash(rawSpan(span), app.name), own, judge)
    if (safe && killed) marks.set(safe.spanId, sink.mark(resource, [safe, killed]))
  }
  const ended = (span: ReadableSpan) => {
    const safe = over ? undefined : sanitizeSpan(rawSpan(span), own, judge, custom)
    sink.removed?.(readableSpanRemovals(span, judge, custom))
    if (!safe) return
    waiting.push(safe)
    recorded += 1
    if (safe.type === 'operation' || safe.type === 'crash' || waiting.length >= maxWaiting) write()
    marks.get(safe.spanId)?.()
    marks.delete(safe.spanId)
  }

  const processor = new AggregatingProcessor(
    judge,
    { begun, ended, leftOut: (reason) => sink.removed?.([wholeSpan(reason)]) },
    cap,
  )
  const sdkTracer = providerOf(app, processor).getTracer(distro.name, distro.version)
  const run = sdkTracer.startSpan(
    'run',
    { startTime: performance.timeOrigin, attributes: { 'cq.span.type': 'run' } },
    contextBelow(options.parent),
  )
  const context = new ActiveContext(run)
  const tracer = new RunTracer(sdkTracer, context, run.spanContext().traceId)
  const classified = (error: unknown) => classify(error, classifyError)

  const crashes = new CrashReporter({
    app: app.name,
    classify: classified,
    admit: (fingerprint) => sink.admitCrash(fingerprint),
    emit: (attributes, parent) => sdkTracer.startSpan('crash', { attributes }, parent).end(),
  })
  const publicOperation = (name: string | undefined) => (name === undefined ? undefined : judge('operations', name))
  const runContext: RunContext = {
    tracer,
    context,
    classify: classified,
    maxSpans: cap,
    open: new Set(),
    lastFailure: undefined,
    operationFailed: (error, name, parent) => {
      if (classified(error).errorClass !== 'internal') return
      crashes.report({ error, kind: 'operation', parent, operation: publicOperation(name) })
    },
  }

  return {
    operations: new Operations(runContext),
    tracer,
    uncaught: (error, kind) => {
      runContext.lastFailure = { error }
      // The innermost operation that is at work: what is active here is nobody's any more.
      const unit = [...runContext.open].reverse().find(({ operation }) => operation !== undefined)
      const parent = unit?.context ?? context.active()
      crashes.report({ error, kind, parent, operation: publicOperation(unit?.operation) })
    },
    note: (error) => {
      runContext.lastFailure = { error }
    },
    active: () => trace.getSpanContext(context.active()) ?? run.spanContext(),
    end: (exitCode) => {
      const failure = exitCode === 0 ? undefined : (runContext.lastFailure ?? { error: undefined })
      for (const unit of [...runContext.open].reverse()) unit.end(failure)
      run.setAttribute('cq.spans.recorded', recorded + 1)
      endRun(run, exitCode, runContext)
      write()
      over = true
    },
  }
}
