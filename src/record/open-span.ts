import { type Attributes, type Context, type Span, SpanStatusCode } from '@opentelemetry/api'
import { Counts } from './counts.ts'
import { errorAttributes } from './errors.ts'
import type { OpenWork, RunContext } from './run-context.ts'
import { scopeIn } from './scope.ts'
import type { Failure } from './failure.ts'

/** An open operation, provider, resource or policy that has a span of its own. */
export class OpenSpan extends Counts implements OpenWork {
  private readonly attributesAtEnd: Attributes = {}
  private readonly runContext: RunContext
  readonly span: Span
  readonly context: Context
  readonly operation: string | undefined

  constructor(runContext: RunContext, span: Span, context: Context, operation?: string) {
    super()
    this.operation = operation
    this.runContext = runContext
    this.span = span
    this.context = context
    runContext.open.add(this)
  }

  setAtEnd(key: string, value: string): void {
    this.attributesAtEnd[key] = value
  }

  /** Ends the span, now or as of a time of `performance.now()`. Further calls do nothing. */
  end(failure: Failure, endedAt?: number): void {
    if (!this.runContext.open.delete(this)) return
    const spanFailure = failure ?? this.handled
    this.span.setAttributes({
      ...this.attributesAtEnd,
      'cq.success': spanFailure === undefined,
      ...(spanFailure && errorAttributes(this.runContext.classify(spanFailure.error))),
      ...(this.items > 0 && { 'cq.resource.count': this.items }),
      ...(this.errors > 0 && { 'cq.errors': this.errors }),
    })
    if (spanFailure) {
      // Work that ends after its operation often fails because the operation ended, so this is not why the run failed.
      if (!scopeIn(this.context).operation?.ended) this.runContext.lastFailure = spanFailure
      this.span.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.span.end(endedAt)
  }
}
