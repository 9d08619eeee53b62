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
import { sanitizeResource, type SanitizedResource, sanitizeSpan, unitTypeOf } from '../schema/sanitize.ts'

export type { PublicNames } from '../schema/names.ts'
export type { Removal } from '../schema/removals.ts'

type Context = Parameters<SpanProcessor['onStart']>[1]
type Resource = ReadableSpan['resource']

export interface SanitizingSpanProcessorOptions {
  /** Gets what may leave, and nothing else: a batch processor with an exporter, for instance. */
  readonly next: SpanProcessor
  /** Names that may leave; without it every name leaves as `private`. */
  readonly publicNames?: PublicNames | undefined
  /** Attributes of operations that the host has declared; others are left out. */
  readonly attributes?: Declarations | undefined
  /** Is told what stays behind of each span and of the resource, without values: for `InspectSpanExporter.remove`. */
  readonly onRemoved?: ((removals: readonly Removal[]) => void) | undefined
}

/** The sums are written on a copy: other processors of the host's provider get the same span, and it has ended. */
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
 * For a tracer provider of the host's own: of the spans that have a `cq.span.type`, whichever tracer made them, it hands
 * on a copy of what the table allows, with the sums over its children on each operation. Any other span, and all else on
 * a span, stays behind. The host's spans are not changed, so its other processors see them as they are.
 *
 *     new NodeTracerProvider({
 *       spanProcessors: [
 *         new SanitizingSpanProcessor({ next: new BatchSpanProcessor(new RudderSpanExporter(rudder)), publicNames }),
 *       ],
 *     })
 *
 * The spans' resource is that of the provider, as far as the table has it. Their ids are those of the host's trace.
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
      begun: () => undefined,
      ended: (span: ReadableSpan) => this.handOn(span),
      leftOut: (reason: string) => this.removed?.([wholeSpan(reason)]),
    }
    this.sums = new AggregatingProcessor(this.publicize, events, maxSpans, this.key)
  }

  /** One object for one resource, as an exporter writes each object once. Detectors may still be adding to it. */
  private sanitized(resource: Resource): SanitizedResource {
    const known = this.resources.get(resource)
    if (known) return known
    const safe = sanitizeResource(resource.attributes, this.publicize, 'client')
    if (resource.asyncAttributesPending) return safe
    this.resources.set(resource, safe)
    this.removed?.(resourceRemovals(resource.attributes, this.publicize))
    return safe
  }

  private handOn(span: ReadableSpan): void {
    const resource = this.sanitized(span.resource)
    this.removed?.(readableSpanRemovals(span, this.publicize, this.custom))
    const safe = sanitizeSpan(rawSpan(span), resource, this.publicize, this.custom)
    for (const readable of safe ? toReadableSpans(resource, [safe]) : []) this.next.onEnd(readable)
  }

  onStart(span: Span, parentContext: Context): void {
    this.sums.onStart(span, parentContext)
  }

  onEnd(span: ReadableSpan): void {
    if (!unitTypeOf(span.attributes)) return this.removed?.(removalsFrom(rawSpan(span), this.publicize, this.custom))
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
