import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import { randomHex } from '../machine/ids.ts'
import { type Declarations, declared } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import { type Pseudonym, publicize, type PublicNames } from '../schema/names.ts'
import { wholeSpan } from '../schema/removals.ts'
import type { CrashKind, ErrorClass } from '../schema/vocabulary.ts'
import { ActiveContext } from './active-context.ts'
import { CrashReporter, crashSpan } from './crash/reporter.ts'
import { outputHasFailed } from './closed-output.ts'
import { classify, errorAttributes, noError } from './errors.ts'
import { currentExitCode } from './exit-code.ts'
import { Operations } from './operations.ts'
import { AggregatingProcessor, maxSpans } from './processor.ts'
import { quietly } from './quietly.ts'
import type { RunContext } from './run-context.ts'
import type { Sampling } from './sample.ts'
import type { SpanSink } from './span-sink.ts'
import { SpanWriter } from './span-writer.ts'
import type { TraceParent } from './trace-parent.ts'
import type { Failure } from './failure.ts'
import { endSettled } from './promise-state.ts'
import { decideEnds } from './settle.ts'
import { RunTracer } from './tracer.ts'

export interface RecorderOptions {
  readonly app: { readonly name: string; readonly version: string }
  readonly publicNames: PublicNames
  readonly pseudonym?: Pseudonym
  /** The most spans below an operation that are sent individually. */
  readonly maxSpans?: number
  /** Default: all operations are recorded. */
  readonly sampling?: Sampling
  readonly attributes?: Declarations
  readonly classifyError: ((error: unknown) => ErrorClass | undefined) | undefined
  /** Exit codes beside 0 that mean success. */
  readonly successCodes?: readonly number[]
  /** Attributes of the resource; called for each write, since some become known late. */
  readonly facts: () => Readonly<Record<string, unknown>>
  readonly sink: SpanSink
  /** The span of another process that started this one. */
  readonly parent?: TraceParent | undefined
  /** More attributes for the span of the run; called once, when it ends. */
  readonly runAttributes?: () => Attributes
}

export interface Recorder {
  readonly operations: Operations
  readonly tracer: Tracer
  /** Reports an uncaught error at once. It is also the error of the run. */
  uncaught(error: unknown, kind: CrashKind): void
  /** Sets the error of the run, without a crash report. */
  setRunError(error: unknown): void
  /** The ids of the active span. */
  active(): TraceParent
  /** Reports operations that have been open for long. */
  reportOpen(): void
  /** Writes what waits, also the operation that waits for its crash report. */
  flush(): void
  /** Ends all open work and then the run, and writes the remaining spans. */
  end(exitCode: number): void
}

/** More than an operation ever has: the SDK silently drops attributes beyond its default of 128. */
const attributeCountLimit = 512

const tracerProvider = (app: RecorderOptions['app'], processor: AggregatingProcessor): TracerProvider =>
  new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': app.name, 'service.version': app.version }),
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => randomHex(32), generateSpanId: () => randomHex(16) },
    spanLimits: { attributeCountLimit, eventCountLimit: 0, linkCountLimit: 0 },
    spanProcessors: [processor],
  })

const sampled = 1
const parentContext = (parent: TraceParent | undefined): Context =>
  parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: sampled, isRemote: true }) : ROOT_CONTEXT

const endRunSpan = (span: Span, exitCode: number, failure: Attributes | undefined): void => {
  span.setAttributes({ 'process.exit.code': exitCode, 'cq.success': failure === undefined, ...failure })
  if (failure) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/** So a shell names SIGHUP, SIGINT, SIGQUIT, SIGPIPE and SIGTERM: somebody ended the command, or stopped reading its output. */
const cancelledCodes: readonly number[] = [129, 130, 131, 141, 143]
const cancelled = { error: { name: 'AbortError' } }

/** Starts the span of the run, which is the parent of all others and starts with the process. */
const startRunSpan = (sdkTracer: Tracer, parent: TraceParent | undefined): Span =>
  sdkTracer.startSpan(
    'run',
    { startTime: performance.timeOrigin, attributes: { 'cq.span.type': 'run' } },
    parentContext(parent),
  )

/** Composes the recording of a run, and starts the run. */
export const startRecorder = (options: RecorderOptions): Recorder => {
  const { app, classifyError, successCodes = [], facts, sink, maxSpans: cap = maxSpans } = options
  const publicName = publicize(options.publicNames, options.pseudonym)
  const custom = declared(options.attributes ?? {})
  const writer = new SpanWriter({ app: app.name, publicize: publicName, custom, facts, sink })
  const processor = new AggregatingProcessor(
    publicName,
    {
      started: (span, isFrequent) => writer.operationStarted(span, isFrequent),
      ended: (span) => writer.spanEnded(span),
      skipped: (span) => writer.operationSkipped(span, () => processor.recordSkipped(span)),
      leftOut: (reason) => sink.removed?.([wholeSpan(reason)]),
    },
    cap,
    undefined,
    options.sampling,
  )
  const intervals = options.sampling?.intervals
  const started = performance.timeOrigin
  const sdkTracer = tracerProvider(app, processor).getTracer(distro.name, distro.version)
  const run = startRunSpan(sdkTracer, options.parent)
  const context = new ActiveContext(run)
  const tracer = new RunTracer(sdkTracer, context, run.spanContext().traceId)
  const isSuccess = (exitCode: number) => exitCode === 0 || successCodes.includes(exitCode)
  const classifyWithHost = (error: unknown) => classify(error, classifyError)

  const crashes = new CrashReporter({
    app: app.name,
    publicize: publicName,
    classify: classifyWithHost,
    admit: (fingerprint) => sink.admitCrash(fingerprint),
    emit: (attributes, parent, time) =>
      writer.write(crashSpan(attributes, trace.getSpanContext(parent) ?? run.spanContext(), time)),
    reported: () => quietly(() => writer.flush()),
  })
  const publicOperation = (name: string | undefined) =>
    name === undefined ? undefined : publicName('operations', name)
  const runContext: RunContext = {
    tracer,
    context,
    classify: classifyWithHost,
    maxSpans: cap,
    open: new Set(),
    lastFailure: undefined,
    lastOperation: undefined,
    failsByCode: () => !isSuccess(currentExitCode()),
    operationFailed: (error, name, parent) => {
      if (classifyWithHost(error).errorClass !== 'internal') return
      if (crashes.reportLater({ error, kind: 'operation', parent, operation: publicOperation(name) }))
        writer.hold(trace.getSpanContext(parent)?.spanId)
    },
  }

  /** The error of which the process ends, as far as Node has told of it. */
  let fatal: { readonly error: unknown } | undefined

  /** Why the run fails; undefined if it does not. */
  const failureOf = (exitCode: number): Failure => {
    if (fatal) return fatal
    if (cancelledCodes.includes(exitCode) && !isSuccess(exitCode)) return cancelled
    if (exitCode === 0) return undefined
    // A code of success does not tell a failure that is known from none.
    if (runContext.lastFailure || isSuccess(exitCode)) return runContext.lastFailure
    return outputHasFailed() ? cancelled : { error: noError }
  }
  const attributesOf = (failure: Failure) => failure && errorAttributes(classifyWithHost(failure.error))
  /** Of a run that fails the only operation fails too: it set the exit code, or left work behind that its promise does not await. */
  const failOnlyOperation = (failure: Failure) => {
    const attributes = attributesOf(failure)
    if (attributes && processor.operations === 1) quietly(() => writer.failLast(attributes))
  }

  return {
    operations: new Operations(runContext),
    tracer,
    uncaught: (error, kind) => {
      fatal = { error }
      runContext.lastFailure = fatal
      decideEnds(error)
      failOnlyOperation(fatal)
      // The report belongs to the innermost open operation: when an error is uncaught, the active context is lost.
      const only = processor.operations === 1 ? runContext.lastOperation : undefined
      const operation = [...runContext.open].reverse().find((work) => work.operation !== undefined) ?? only
      if (classifyWithHost(error).errorClass === 'cancelled') return
      const parent = operation?.context ?? context.active()
      crashes.report({ error, kind, parent, operation: publicOperation(operation?.operation) })
    },
    setRunError: (error) => {
      runContext.lastFailure = { error }
    },
    active: () => trace.getSpanContext(context.active()) ?? run.spanContext(),
    reportOpen: () => writer.reportOpen(),
    flush: () => {
      crashes.flush()
      quietly(() => writer.flush())
    },
    end: (exitCode) => {
      endSettled(fatal?.error)
      decideEnds(fatal?.error)
      const failure = failureOf(exitCode)
      failOnlyOperation(failure)
      writer.beginEnd()
      for (const work of [...runContext.open].reverse()) quietly(() => work.end(failure))
      crashes.flush()
      const isLeftOut = exitCode === 0 && !failure && writer.recorded === 0 && intervals?.leavesRunOut(started) === true
      if (!isLeftOut) {
        // The span of the run counts itself.
        run.setAttribute('cq.spans.recorded', writer.recorded + 1)
        run.setAttributes({ ...quietly(() => intervals?.runAttributes(started)), ...options.runAttributes?.() })
        endRunSpan(run, exitCode, attributesOf(failure))
      }
      intervals?.end(isLeftOut)
      writer.close()
    },
  }
}
