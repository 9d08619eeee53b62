import { type Context, type Span, trace } from '@opentelemetry/api'
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

/** On the span itself: in a weak map, a million spans take twice their time in the garbage collector. */
const key = Symbol('cq-telemetry scope')
type Scoped = Span & { [key]?: Scope }

export const setScope = (span: Span, scope: Scope): void => {
  ;(span as Scoped)[key] = scope
}

export const scopeOf = (span: Span | undefined): Scope => (span as Scoped | undefined)?.[key] ?? nowhere

/** The scope of the span that is active in a context. A span of someone else's has none. */
export const scopeIn = (context: Context): Scope => scopeOf(trace.getSpan(context))
