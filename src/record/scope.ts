import { type Context, trace } from '@opentelemetry/api'
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
 * Key of the span property that holds the scope. With a weak map instead, a million spans spend twice as long in the
 * garbage collector. Each processor of a provider needs a key of its own. Otherwise spans would be summed up twice.
 */
export type ScopeKey = symbol
export const newScopeKey = (): ScopeKey => Symbol('cq-telemetry scope')
export const runKey = newScopeKey()

type Scoped = Record<ScopeKey, Scope | undefined>

export const setScope = (span: object, scope: Scope, key: ScopeKey): void => {
  ;(span as Scoped)[key] = scope
}

export const scopeOf = (span: object | undefined, key: ScopeKey): Scope =>
  (span as Scoped | undefined)?.[key] ?? noScope

/** The scope of the active span in a context. It is empty if another tracer made the span. */
export const scopeIn = (context: Context, key = runKey): Scope => scopeOf(trace.getSpan(context), key)
