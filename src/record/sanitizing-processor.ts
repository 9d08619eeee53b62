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
type Resource = ReadableSpan['resource']

export interface SanitizingSpanProcessorOptions {
  /** Receives the sanitized spans, e.g. a batch processor with an exporter. */
  readonly next: SpanProcessor
  /** Names that may be sent. Without this option, every name is sent as `private`. */
  readonly publicNames?: PublicNames | undefined
  /** Custom attributes of operations. Attributes that are not declared here are left out. */
  readonly attributes?: Declarations | undefined
  /**
   * Called with what was left out of a span or of the resource, without values; `InspectSpanExporter.remove` shows it.
   */
  readonly onRemoved?: ((removals: readonly Removal[]) => void) | undefined
}

/** A copy that the sums are written to: the span has ended, and the host's other processors see the same object. */
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
  onRemoved: optional(callback),
} satisfies Record<keyof SanitizingSpanProcessorOptions, Row>

/**
 * A span processor for a tracer provider of the host's own. It takes the spans of any tracer that have a
 * `cq.span.type`, and passes on a copy with what the table allows. A copy of an operation has the sums over its
 * children. The host's spans are not changed.
 *
 *     new NodeTracerProvider({
 *       spanProcessors: [
 *         new SanitizingSpanProcessor({ next: new BatchSpanProcessor(new RudderSpanExporter(rudder)), publicNames }),
 *       ],
 *     })
 *
 * The copies keep the ids of the host's trace, and the attributes of the provider's resource that the table allows.
 */
export class SanitizingSpanProcessor implements SpanProcessor {
  private readonly next: SpanProcessor
  private readonly publicize: Publicize
  private readonly custom: CustomRule
  private readonly removed: SanitizingSpanProcessorOptions['onRemoved']
  private readonly sums: AggregatingProcessor
  private readonly key = newScopeKey()
  private readonly resources = new WeakMap<Resource, SanitizedResource>()

  /** Throws a TypeError that names each wrong or unknown option. */
  constructor(options: SanitizingSpanProcessorOptions) {
    checkOptions('SanitizingSpanProcessor', rows, options)
    this.next = options.next
    this.publicize = publicize(options.publicNames ?? {})
    this.custom = declared(options.attributes ?? {})
    this.removed = options.onRemoved
    const events = {
      started: () => undefined,
      ended: (span: ReadableSpan) => this.passOn(span),
      leftOut: (reason: string) => this.removed?.([wholeSpan(reason)]),
    }
    this.sums = new AggregatingProcessor(this.publicize, events, maxSpans, this.key)
  }

  /**
   * Equal resources must be one object, which an exporter writes once. Attributes that are still pending may change it.
   */
  private sanitizedResource(resource: Resource): SanitizedResource {
    const existing = this.resources.get(resource)
    if (existing) return existing
    const sanitized = sanitizeResource(resource.attributes, this.publicize, 'client')
    if (resource.asyncAttributesPending) return sanitized
    this.resources.set(resource, sanitized)
    this.removed?.(resourceRemovals(resource.attributes, this.publicize))
    return sanitized
  }

  private passOn(span: ReadableSpan): void {
    const resource = this.sanitizedResource(span.resource)
    this.removed?.(readableSpanRemovals(span, this.publicize, this.custom))
    const sanitized = sanitizeSpan(rawSpan(span), resource, this.publicize, this.custom)
    for (const readable of sanitized ? toReadableSpans(resource, [sanitized]) : []) this.next.onEnd(readable)
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
