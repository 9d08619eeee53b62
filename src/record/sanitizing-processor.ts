import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { checkOptions, isObject, optional, required, type Row } from '../api/check-options.ts'
import { callback, isFunction, must } from '../api/checks.ts'
import { attributes, publicNames } from '../api/shared-options.ts'
import { rawSpan, readableSpanRemovals, toReadableSpans } from '../otlp/readable-span.ts'
import { AggregatingProcessor, type EndingSpan, maxSpans } from './processor.ts'
import { newScopeKey, scopeOf, setScope } from './scope.ts'
import { type CustomRule, type Declarations, declared } from '../schema/custom.ts'
import { type PublicNames, type Publicize, publicize } from '../schema/names.ts'
import { type Removal, removalsFrom, resourceRemovals, wholeSpan } from '../schema/removals.ts'
import { sanitizeResource, type SanitizedResource, sanitizeSpan, spanTypeOf } from '../schema/sanitize.ts'

export type { PublicNames } from '../schema/names.ts'
export type { Removal } from '../schema/removals.ts'

type Context = Parameters<SpanProcessor['onStart']>[1]

export interface SanitizingSpanProcessorOptions {
  /** Receives the sanitized spans, e.g. a batch processor with an exporter. */
  readonly next: SpanProcessor
  /** Names that may be sent. Without this option, every name is sent as `private`. */
  readonly publicNames?: PublicNames | undefined
  /** Custom attributes of operations. Attributes that are not declared here are left out. */
  readonly attributes?: Declarations | undefined
  /**
   * The resource that is sent with the spans: that of `telemetryConsent()`. The provider's own resource is not read,
   * since detectors and `OTEL_RESOURCE_ATTRIBUTES` can put any text into it.
   */
  readonly resource?: Readonly<Record<string, unknown>> | undefined
  /**
   * Called with what was left out of a span or of the option `resource`, without values; `InspectSpanExporter.remove`
   * shows it.
   */
  readonly onRemoved?: ((removals: readonly Removal[]) => void) | undefined
}

/**
 * Copies a span so that the sums can be written on it: the span has ended, and the host's other processors get the same
 * object.
 */
const copyOf = (span: ReadableSpan): EndingSpan => {
  const attributes = { ...span.attributes }
  const copy: EndingSpan = {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    status: span.status,
    attributes,
    events: span.events,
    links: span.links,
    ended: true,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    setAttribute: (name, value) => {
      attributes[name] = value
      return copy as Span
    },
    setAttributes: (more) => {
      Object.assign(attributes, more)
      return copy as Span
    },
  }
  return copy
}

/** The checks of `SanitizingSpanProcessorOptions`. */
const rows = {
  next: required(
    must(
      (value) => isObject(value) && ['onEnd', 'forceFlush', 'shutdown'].every((method) => isFunction(value[method])),
      'a span processor, e.g. new BatchSpanProcessor(exporter)',
    ),
  ),
  publicNames,
  attributes,
  resource: optional(must(isObject, 'the resource of telemetryConsent()')),
  onRemoved: optional(callback),
} satisfies Record<keyof SanitizingSpanProcessorOptions, Row>

/**
 * A span processor for a tracer provider of the host's own. It takes the spans of any tracer that have a
 * `cq.span.type`, and passes on a copy with what the table allows. A copy of an operation has the sums over its
 * children. The host's spans are not changed.
 *
 *     new NodeTracerProvider({
 *       spanProcessors: [
 *         new SanitizingSpanProcessor({
 *           next: new BatchSpanProcessor(new RudderSpanExporter(rudder)),
 *           publicNames,
 *           resource: telemetryConsent(options).resource,
 *         }),
 *       ],
 *     })
 *
 * The copies keep the ids of the host's trace. Their resource is the option `resource`, as far as the table allows.
 */
export class SanitizingSpanProcessor implements SpanProcessor {
  private readonly next: SpanProcessor
  private readonly publicize: Publicize
  private readonly custom: CustomRule
  private readonly removed: SanitizingSpanProcessorOptions['onRemoved']
  private readonly sums: AggregatingProcessor
  private readonly key = newScopeKey()
  private readonly ownResource: Readonly<Record<string, unknown>>
  /** One object for all spans, since an exporter writes each resource once. */
  private readonly resource: SanitizedResource
  private resourceReported = false

  /** Throws a TypeError that names each wrong or unknown option. */
  constructor(options: SanitizingSpanProcessorOptions) {
    checkOptions('SanitizingSpanProcessor', rows, options)
    this.next = options.next
    this.publicize = publicize(options.publicNames ?? {})
    this.custom = declared(options.attributes ?? {})
    this.removed = options.onRemoved
    this.ownResource = options.resource ?? {}
    this.resource = sanitizeResource(this.ownResource, this.publicize, 'client')
    const events = {
      started: () => undefined,
      ended: (span: ReadableSpan) => this.passOn(span),
      leftOut: (reason: string) => this.removed?.([wholeSpan(reason)]),
    }
    this.sums = new AggregatingProcessor(this.publicize, events, maxSpans, this.key)
  }

  private reportResource(): void {
    if (this.resourceReported) return
    this.resourceReported = true
    this.removed?.(resourceRemovals(this.ownResource, this.publicize))
  }

  private passOn(span: ReadableSpan): void {
    this.reportResource()
    this.removed?.(readableSpanRemovals(span, this.publicize, this.custom))
    const sanitized = sanitizeSpan(rawSpan(span), this.resource, this.publicize, this.custom)
    for (const readable of sanitized ? toReadableSpans(this.resource, [sanitized]) : []) this.next.onEnd(readable)
  }

  onStart(span: Span, parentContext: Context): void {
    this.sums.onStart(span, parentContext)
  }

  onEnd(span: ReadableSpan): void {
    if (!spanTypeOf(span.attributes)) return this.removed?.(removalsFrom(rawSpan(span), this.publicize, this.custom))
    const copy = copyOf(span)
    setScope(copy, scopeOf(span, this.key), this.key)
    this.sums.onEnding(copy)
    this.sums.onEnd(copy)
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.next.shutdown()
  }
}
