import type { Attributes, Context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Publicize } from '../schema/names.ts'
import { otherError } from '../schema/errors.ts'
import { version } from '../schema/shapes.ts'
import { type FetchStatus, fetchStatuses, policyPersistences, policyTypes } from '../schema/vocabulary.ts'
import { OperationAggregate, type ProviderAggregate } from './aggregate.ts'
import { operationAttributes, providerAttributes } from './sums.ts'
import { isSampled, type Sampling } from './sample.ts'
import { runKey, Scope, scopeIn, type ScopeKey, scopeOf, setScope } from './scope.ts'

/** The default for the most provider, resource and policy spans of an operation that are sent. The sums count all. */
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
/** The table refuses a whole list for one invalid member, so values are checked before they go into a list. */
const memberAt = <T extends string>(attributes: Attributes, key: string, members: readonly T[]): T | undefined =>
  members.find((member) => member === attributes[key])
const versionAt = (attributes: Attributes, key: string): string =>
  version().accepts(attributes[key]) ? textAt(attributes, key) : 'unknown'

/** The status that the host set, or else CloudQuery's rule: a fetch with both errors and successes is `partial`. */
const statusFrom = (provider: ProviderAggregate, span: ReadableSpan): FetchStatus => {
  const given = memberAt(span.attributes, 'cq.fetch.status', fetchStatuses)
  if (given) return given
  if (span.attributes['cq.success'] === false) {
    return span.attributes['cq.error.class'] === 'cancelled' ? 'canceled' : 'failed'
  }
  if (provider.errors === 0) return 'successful'
  return provider.total.successes > 0 ? 'partial' : 'failed'
}

/** Takes the result of a plain OpenTelemetry span from its status. */
const setSuccess = (span: EndingSpan): void => {
  if (span.attributes['cq.success'] === undefined) span.setAttribute('cq.success', span.status.code !== statusError)
  if (span.attributes['cq.success'] === false && span.attributes['error.type'] === undefined) {
    span.setAttribute('error.type', otherError)
  }
}

/** A span whose sums can still be written on it. */
export type EndingSpan = ReadableSpan & Pick<Span, 'setAttribute' | 'setAttributes'>

const operationName = (span: ReadableSpan): string => String(span.attributes['cq.operation.name'])
/** In Unix milliseconds. */
const startOf = ({ startTime: [seconds, nanos] }: ReadableSpan): number => seconds * 1e3 + nanos / 1e6

/** Of an operation that is not sampled, and of what is below it. */
const notSampled = new Scope()

interface SpanEvents {
  /** An operation has started. A frequent one is left out if it succeeds. */
  readonly started: (span: ReadableSpan, isFrequent: boolean) => void
  /** A span that may be sent has ended. */
  readonly ended: (span: ReadableSpan) => void
  /** A span has ended that is not sent; called with the reason. */
  readonly leftOut: (reason: string) => void
  /** A frequent operation has succeeded. */
  readonly skipped?: (span: ReadableSpan) => void
}

/**
 * Adds each span to the sums of its operation, whether our calls or plain OpenTelemetry made the span, and passes on
 * the spans that are sent individually.
 */
export class AggregatingProcessor implements SpanProcessor {
  private readonly publicize: Publicize
  private readonly maxSpans: number
  private readonly events: SpanEvents
  private readonly key: ScopeKey
  private readonly sampling: Sampling | undefined
  /** Those that are not sampled count too. */
  operations = 0

  constructor(publicize: Publicize, events: SpanEvents, spans = maxSpans, key = runKey, sampling?: Sampling) {
    this.sampling = sampling
    this.publicize = publicize
    this.maxSpans = spans
    this.events = events
    this.key = key
  }

  onStart(span: Span, parentContext: Context): void {
    const type = span.attributes['cq.span.type']
    if (type === 'operation') {
      this.operations += 1
      if (!isSampled(span, this.sampling)) return setScope(span, notSampled, this.key)
      const operation = this.aggregateFor(span)
      setScope(span, new Scope(operation), this.key)
      this.events.started(span, operation.isFrequent)
    } else {
      setScope(span, this.scopeBelow(scopeIn(parentContext, this.key), span), this.key)
    }
  }

  private aggregateFor(span: ReadableSpan): OperationAggregate {
    const operation = new OperationAggregate(this.publicize, operationName(span))
    operation.isFrequent = this.sampling?.intervals?.leavesOut(operation.name, startOf(span)) ?? false
    // If it fails, its sums are sent without the spans below it.
    if (operation.isFrequent) operation.spans = this.maxSpans
    return operation
  }

  /** Spans count towards the cap when they start, so that it also holds for a million spans that are open at once. */
  private scopeBelow(parent: Scope, span: Span): Scope {
    const { operation } = parent
    const type = span.attributes['cq.span.type']
    if (!operation || (type !== 'provider' && type !== 'resource' && type !== 'policy')) return parent
    operation.spans += 1
    const overCap = operation.spans > this.maxSpans
    if (type === 'provider') {
      return new Scope(operation, operation.addProvider(span.attributes['cq.provider.name']), overCap)
    }
    return overCap ? parent.asOverCap : parent
  }

  onEnding(span: EndingSpan): void {
    const { operation, provider } = scopeOf(span, this.key)
    setSuccess(span)
    if (operation?.ended) return
    const type = span.attributes['cq.span.type']
    if (type === 'run') span.setAttribute('cq.operations.count', this.operations)
    else if (type === 'operation' && operation) this.endOperation(span, operation)
    else if (type === 'provider' && provider) this.endProvider(span, provider)
    else if (type === 'resource' && operation) this.endResource(span, provider ?? operation.withoutProvider)
    else if (type === 'policy' && operation) this.endPolicy(span, operation)
  }

  onEnd(span: ReadableSpan): void {
    const type = span.attributes['cq.span.type']
    const scope = scopeOf(span, this.key)
    if (scope === notSampled) return this.events.leftOut('it is not sampled')
    const { operation, overCap } = scope
    if (type === 'operation' && operation?.isFrequent) return this.events.skipped?.(span)
    if (type === 'run' || type === 'operation' || type === 'crash') return this.events.ended(span)
    if (!operation) return this.events.leftOut('it belongs to no operation')
    if (operation.ended) return this.events.leftOut('it ended after its operation')
    if (overCap) operation.dropped += 1
    else this.events.ended(span)
  }

  private endOperation(span: EndingSpan, operation: OperationAggregate): void {
    operation.ownErrors += integerAt(span.attributes, 'cq.errors')
    span.setAttributes(operationAttributes(operation))
    operation.ended = true
    // A plain OpenTelemetry span can have another name now, for which nothing is kept.
    operation.isFrequent &&= span.attributes['cq.success'] === true && operation.name === operationName(span)
    const { intervals } = this.sampling ?? {}
    if (operation.isFrequent) intervals?.count(operationName(span))
    else span.setAttributes(intervals?.attributes(operationName(span), startOf(span)) ?? {})
  }

  /** Counts an operation as failed that was left out as successful, and returns what is written on it. */
  recordSkipped(span: ReadableSpan): Attributes {
    const { intervals } = this.sampling ?? {}
    intervals?.count(operationName(span), -1)
    return intervals?.attributes(operationName(span), startOf(span)) ?? {}
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
