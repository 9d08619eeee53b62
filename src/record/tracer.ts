import { type Context, type Span, type SpanOptions, trace, type Tracer } from '@opentelemetry/api'
import type { ActiveContext } from './active-context.ts'

type ActiveArguments<F> = [fn: F] | [options: SpanOptions, fn: F] | [options: SpanOptions, context: Context, fn: F]

/** Removes `root` and `links`. Few spans have them, so the options of all others are not copied. */
const withoutRootAndLinks = (options: SpanOptions): SpanOptions => {
  if (options.root === undefined && options.links === undefined) return options
  const { root: _root, links: _links, ...rest } = options
  return rest
}

/**
 * The tracer that the host uses. Its spans always belong to the trace of the run. A parent of another trace, `root` and
 * `links` belong to the host's own tracing and are ignored.
 */
export class RunTracer implements Tracer {
  private readonly tracer: Tracer
  private readonly context: ActiveContext
  private readonly traceId: string

  constructor(tracer: Tracer, context: ActiveContext, traceId: string) {
    this.tracer = tracer
    this.context = context
    this.traceId = traceId
  }

  startSpan(name: string, options: SpanOptions = {}, context?: Context): Span {
    return this.tracer.startSpan(name, withoutRootAndLinks(options), this.contextInRun(context))
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: ActiveArguments<F>): ReturnType<F> {
    const fn = rest.at(-1) as F
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {}
    const parent = this.contextInRun(rest.length > 2 ? (rest[1] as Context) : undefined)
    const span = this.startSpan(name, options, parent)
    return this.context.run(trace.setSpan(parent, span), fn, span) as ReturnType<F>
  }

  private contextInRun(given: Context | undefined): Context {
    const parent = given && trace.getSpan(given)
    return given && parent?.spanContext().traceId === this.traceId ? given : this.context.active()
  }
}
