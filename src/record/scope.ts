import { type Context, trace } from '@opentelemetry/api'
import type { OperationAggregate, ProviderAggregate } from './aggregate.ts'

/** Where a span belongs: the operation and the provider whose sums it goes into. One for all spans that are there. */
export class Scope {
  private past: Scope | undefined
  readonly operation: OperationAggregate | undefined
  readonly provider: ProviderAggregate | undefined
  /** The span itself is beyond the cap: it goes into the sums and is not sent. */
  readonly beyondCap: boolean

  constructor(operation?: OperationAggregate, provider?: ProviderAggregate, beyondCap = false) {
    this.operation = operation
    this.provider = provider
    this.beyondCap = beyondCap
  }

  /** The same place, for a span beyond the cap. */
  get beyond(): Scope {
    if (this.beyondCap) return this
    return (this.past ??= new Scope(this.operation, this.provider, true))
  }
}

const nowhere = new Scope()

/**
 * The property of a span that holds its scope: in a weak map, a million spans take twice their time in the garbage
 * collector. Two processors of one provider need a key each, or they would sum up each span twice.
 */
export type ScopeKey = symbol
export const newScopeKey = (): ScopeKey => Symbol('cq-telemetry scope')
export const runKey = newScopeKey()

type Scoped = Record<ScopeKey, Scope | undefined>

export const setScope = (span: object, scope: Scope, key: ScopeKey): void => {
  ;(span as Scoped)[key] = scope
}

export const scopeOf = (span: object | undefined, key: ScopeKey): Scope =>
  (span as Scoped | undefined)?.[key] ?? nowhere

/** The scope of the span that is active in a context. A span of someone else's has none. */
export const scopeIn = (context: Context, key = runKey): Scope => scopeOf(trace.getSpan(context), key)
