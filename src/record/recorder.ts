import { type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { distro } from '../schema/distro.ts'
import { otherError } from '../schema/errors.ts'
import { publicize, type PublicNames } from '../schema/names.ts'
import { sanitizeResource, sanitizeSpan, type SanitizedResource, type SanitizedSpan } from '../schema/sanitize.ts'
import type { ErrorClass } from '../schema/vocabulary.ts'
import { ActiveContext } from './context.ts'
import { classify } from './errors.ts'
import { AggregatingProcessor } from './processor.ts'
import { RunTracer } from './tracer.ts'
import { errorAttributes, type Surroundings, Units } from './units.ts'

/**
 * Where sanitized spans go: to the spool, or to the inspect log. The resource holds the identity, and is asked for only
 * once it is certain that the spans are kept.
 */
export type Sink = (resource: () => SanitizedResource, spans: readonly SanitizedSpan[]) => void

export interface RecorderOptions {
  readonly app: { readonly name: string; readonly version: string }
  readonly publicNames: PublicNames
  readonly classifyError: ((error: unknown) => ErrorClass | undefined) | undefined
  /** Attributes of the resource; asked at each writing, since some become known late. */
  readonly facts: () => Readonly<Record<string, unknown>>
  readonly sink: Sink
}

export interface Recorder {
  readonly units: Units
  readonly tracer: Tracer
  /** Notes an error that nobody caught; the end of the run names it. */
  uncaught(error: unknown): void
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
    spanLimits: { attributeCountLimit, eventCountLimit: 0, linkCountLimit: 0 },
    spanProcessors: [processor],
  })

const raw = (span: ReadableSpan) => {
  const { traceId, spanId } = span.spanContext()
  const { startTime, endTime, attributes } = span
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId, startTime, endTime, attributes }
}

const endRun = (span: Span, exitCode: number, surroundings: Surroundings): void => {
  const failed = exitCode !== 0
  const wrong = surroundings.lastWrong
  span.setAttributes({
    'process.exit.code': exitCode,
    'cq.success': !failed,
    ...(failed && (wrong ? errorAttributes(surroundings.classify(wrong.error)) : { 'error.type': otherError })),
  })
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** Begins the run: its span is the parent of all others, from the start of the process on. */
export const startRecorder = ({ app, publicNames, classifyError, facts, sink }: RecorderOptions): Recorder => {
  const judge = publicize(publicNames)
  const own = sanitizeResource({ 'service.name': app.name }, judge, 'client')
  let waiting: SanitizedSpan[] = []
  let over = false

  const write = () => {
    if (waiting.length === 0) return
    const spans = waiting
    waiting = []
    sink(() => sanitizeResource(facts(), judge, 'client'), spans)
  }
  const emit = (span: ReadableSpan) => {
    const safe = over ? undefined : sanitizeSpan(raw(span), own, judge)
    if (!safe) return
    waiting.push(safe)
    if (safe.type === 'operation' || waiting.length >= maxWaiting) write()
  }

  const sdkTracer = providerOf(app, new AggregatingProcessor(judge, emit)).getTracer(distro.name, distro.version)
  const run = sdkTracer.startSpan('run', { startTime: performance.timeOrigin, attributes: { 'cq.span.type': 'run' } })
  const context = new ActiveContext(run)
  const tracer = new RunTracer(sdkTracer, context, run.spanContext().traceId)
  const surroundings: Surroundings = {
    tracer,
    context,
    classify: (error) => classify(error, classifyError),
    open: new Set(),
    lastWrong: undefined,
  }

  return {
    units: new Units(surroundings),
    tracer,
    uncaught: (error) => {
      surroundings.lastWrong = { error }
    },
    end: (exitCode) => {
      const failure = exitCode === 0 ? undefined : (surroundings.lastWrong ?? { error: undefined })
      for (const unit of [...surroundings.open].reverse()) unit.end(failure)
      endRun(run, exitCode, surroundings)
      write()
      over = true
    },
  }
}
