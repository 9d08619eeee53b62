import { type Context, type Span, trace } from '@opentelemetry/api'
import type { OperationAggregate, ProviderAggregate } from './aggregate.ts'

/** Where a span belongs: the operation and the provider whose sums it goes into. */
export interface Scope {
  readonly operation?: OperationAggregate
  readonly provider?: ProviderAggregate
  /** The span itself is beyond the cap: it goes into the sums and is not sent. */
  readonly beyondCap?: boolean
}

const nowhere: Scope = {}
const scopes = new WeakMap<Span, Scope>()

export const setScope = (span: Span, scope: Scope): void => {
  scopes.set(span, scope)
}

export const scopeOf = (span: Span | undefined): Scope => (span && scopes.get(span)) ?? nowhere

/** The scope of the span that is active in a context. A span of someone else's has none. */
export const scopeIn = (context: Context): Scope => scopeOf(trace.getSpan(context))
