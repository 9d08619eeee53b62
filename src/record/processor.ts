import type { Attributes, Context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Publicize } from '../schema/names.ts'
import { otherError } from '../schema/errors.ts'
import { version } from '../schema/shapes.ts'
import { type FetchStatus, fetchStatuses, policyPersistences, policyTypes } from '../schema/vocabulary.ts'
import { OperationAggregate, type ProviderAggregate } from './aggregate.ts'
import { operationAttributes, providerAttributes } from './sums.ts'
import { runKey, Scope, scopeIn, type ScopeKey, scopeOf, setScope } from './scope.ts'

/** Provider, resource and policy spans that an operation sends one by one by default; the rest is in its sums alone. */
export const maxSpans = 1_000

const statusError = 2

const elapsedMs = ({ duration: [seconds, nanos] }: ReadableSpan): number => seconds * 1e3 + nanos / 1e6
const integerAt = (attributes: Attributes, key: string): number => {
  const value = attributes[key]
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
const textAt = (attributes: Attributes, key: string): string => {
  const value = attributes[key]
  return typeof value === 'string' ? value : ''
}
/** A list leaves as a whole or not at all, so each member must be one that the table accepts. */
const memberAt = <T extends string>(attributes: Attributes, key: string, members: readonly T[]): T | undefined =>
  members.find((member) => member === attributes[key])
const versionAt = (attributes: Attributes, key: string): string =>
  version().accepts(attributes[key]) ? textAt(attributes, key) : 'unknown'

/** CloudQuery's rule: errors beside successes are partial. */
const statusFrom = (provider: ProviderAggregate, span: ReadableSpan): FetchStatus => {
  const given = memberAt(span.attributes, 'cq.fetch.status', fetchStatuses)
  if (given) return given
  if (span.attributes['cq.success'] === false) {
    return span.attributes['cq.error.class'] === 'cancelled' ? 'canceled' : 'failed'
  }
  if (provider.errors === 0) return 'successful'
  return provider.total.clean > 0 ? 'partial' : 'failed'
}

/** A plain OpenTelemetry span says with its status how it went. */
const settleSuccess = (span: EndingSpan): void => {
  if (span.attributes['cq.success'] === undefined) span.setAttribute('cq.success', span.status.code !== statusError)
  if (span.attributes['cq.success'] === false && span.attributes['error.type'] === undefined) {
    span.setAttribute('error.type', otherError)
  }
}

/** A span whose sums can still be written on it. */
export type EndingSpan = ReadableSpan & Pick<Span, 'setAttribute' | 'setAttributes'>

interface SpanEvents {
  /** An operation has begun. */
  readonly begun: (span: ReadableSpan) => void
  /** A span has ended that may be sent. */
  readonly ended: (span: ReadableSpan) => void
  /** A span has ended that is nobody's, or too late. */
  readonly leftOut: (reason: string) => void
}

/**
 * Sums up what happens below an operation while it happens, whether the spans come from our calls or from plain
 * OpenTelemetry, and hands on the spans that may be sent one by one.
 */
export class AggregatingProcessor implements SpanProcessor {
  private readonly publicize: Publicize
  private readonly maxSpans: number
  private readonly events: SpanEvents
  private readonly key: ScopeKey
  operations = 0

  constructor(publicize: Publicize, events: SpanEvents, spans = maxSpans, key = runKey) {
    this.publicize = publicize
    this.maxSpans = spans
    this.events = events
    this.key = key
  }

  onStart(span: Span, parentContext: Context): void {
    const type = span.attributes['cq.span.type']
    if (type === 'operation') {
      this.operations += 1
      setScope(span, new Scope(new OperationAggregate(this.publicize)), this.key)
      this.events.begun(span)
    } else {
      setScope(span, this.below(scopeIn(parentContext, this.key), span), this.key)
    }
  }

  /** The cap counts beginnings, so that it also holds for a million spans that are open at once. */
  private below(parent: Scope, span: Span): Scope {
    const { operation } = parent
    const type = span.attributes['cq.span.type']
    if (!operation || (type !== 'provider' && type !== 'resource' && type !== 'policy')) return parent
    operation.spans += 1
    const beyondCap = operation.spans > this.maxSpans
    if (type === 'provider') {
      return new Scope(operation, operation.addProvider(span.attributes['cq.provider.name']), beyondCap)
    }
    return beyondCap ? parent.beyond : parent
  }

  onEnding(span: EndingSpan): void {
    const { operation, provider } = scopeOf(span, this.key)
    settleSuccess(span)
    if (operation?.ended) return
    const type = span.attributes['cq.span.type']
    if (type === 'run') span.setAttribute('cq.operations.count', this.operations)
    else if (type === 'operation' && operation) this.endOperation(span, operation)
    else if (type === 'provider' && provider) this.endProvider(span, provider)
    else if (type === 'resource' && operation) this.endResource(span, provider ?? operation.loose)
    else if (type === 'policy' && operation) this.endPolicy(span, operation)
  }

  onEnd(span: ReadableSpan): void {
    const type = span.attributes['cq.span.type']
    if (type === 'run' || type === 'operation' || type === 'crash') return this.events.ended(span)
    const { operation, beyondCap } = scopeOf(span, this.key)
    if (!operation) return this.events.leftOut('it belongs to no operation')
    if (operation.ended) return this.events.leftOut('it ended after its operation')
    if (beyondCap) operation.dropped += 1
    else this.events.ended(span)
  }

  private endOperation(span: EndingSpan, operation: OperationAggregate): void {
    operation.ownErrors += integerAt(span.attributes, 'cq.errors')
    span.setAttributes(operationAttributes(operation))
    operation.ended = true
  }

  private endProvider(span: EndingSpan, provider: ProviderAggregate): void {
    provider.version = versionAt(span.attributes, 'cq.provider.version')
    provider.ownErrors += integerAt(span.attributes, 'cq.errors')
    provider.ms += elapsedMs(span)
    provider.status = statusFrom(provider, span)
    span.setAttributes(providerAttributes(provider))
  }

  private endResource(span: EndingSpan, provider: ProviderAggregate): void {
    const failed = span.attributes['cq.success'] === false
    const errors = Math.max(integerAt(span.attributes, 'cq.errors'), failed ? 1 : 0)
    if (errors > 0) span.setAttribute('cq.errors', errors)
    if (provider.name !== '') span.setAttribute('cq.provider.name', provider.name)
    const count = integerAt(span.attributes, 'cq.resource.count')
    provider.addFetch(textAt(span.attributes, 'cq.resource.name'), { count, errors, ms: elapsedMs(span) })
  }

  private endPolicy(span: EndingSpan, operation: OperationAggregate): void {
    const { attributes } = span
    const isPrivate = attributes['cq.policy.private'] !== false
    if (isPrivate) span.setAttribute('cq.policy.name', 'private')
    operation.addPolicy({
      name: this.publicize('policies', span.attributes['cq.policy.name']),
      type: memberAt(attributes, 'cq.policy.type', policyTypes) ?? 'other',
      selector: attributes['cq.policy.selector'] === undefined ? 'none' : 'private',
      private: isPrivate,
      persistence: memberAt(attributes, 'cq.policy.persistence', policyPersistences) ?? 'none',
      success: attributes['cq.success'] === true,
      ms: elapsedMs(span),
    })
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
