import { type Context, type Span, trace } from '@opentelemetry/api'
import type { OperationAggregate, ProviderAggregate } from './aggregate.ts'

/** The operation and the provider whose sums a span is added to. Spans below the same parent share one instance. */
export class Scope {
  private overCapCopy: Scope | undefined
  readonly operation: OperationAggregate | undefined
  readonly provider: ProviderAggregate | undefined
  /** The operation has too many spans: this one is added to the sums and not sent. */
  readonly overCap: boolean

  constructor(operation?: OperationAggregate, provider?: ProviderAggregate, overCap = false) {
    this.operation = operation
    this.provider = provider
    this.overCap = overCap
  }

  /** The same scope for a span that is not sent. */
  get asOverCap(): Scope {
    if (this.overCap) return this
    return (this.overCapCopy ??= new Scope(this.operation, this.provider, true))
  }
}

const noScope = new Scope()

/**
 * The scope is a property of the span: with a weak map, a million spans spend twice as long in the garbage collector.
 */
const key = Symbol('cq-telemetry scope')
type Scoped = Span & { [key]?: Scope }

export const setScope = (span: Span, scope: Scope): void => {
  ;(span as Scoped)[key] = scope
}

export const scopeOf = (span: Span | undefined): Scope => (span as Scoped | undefined)?.[key] ?? noScope

/** The scope of the active span in a context. It is empty if another tracer made the span. */
export const scopeIn = (context: Context): Scope => scopeOf(trace.getSpan(context))
