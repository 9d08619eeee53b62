import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { rawSpan, toReadableSpans } from '../otlp/readable-span.ts'
import { AggregatingProcessor } from './processor.ts'
import { type CustomRule, type Declarations, declared } from '../schema/custom.ts'
import { type PublicNames, type Publicize, publicize } from '../schema/names.ts'
import { sanitizeResource, sanitizeSpan } from '../schema/sanitize.ts'

export type { PublicNames } from '../schema/names.ts'

type Context = Parameters<SpanProcessor['onStart']>[1]

export interface SanitizingSpanProcessorOptions {
  /** Gets what may leave, and nothing else: a batch processor with an exporter, for instance. */
  readonly next: SpanProcessor
  /** Names that may leave; without it every name leaves as `private`. */
  readonly publicNames?: PublicNames | undefined
  /** Attributes of operations that the host has declared; others are left out. */
  readonly attributes?: Declarations | undefined
}

/**
 * For a provider of the host's own: of the spans with this package's attributes it hands on what the table allows, with
 * the sums over its children on each operation; any other span, and all else on a span, stays behind.
 *
 *     new NodeTracerProvider({
 *       spanProcessors: [
 *         new SanitizingSpanProcessor({ next: new BatchSpanProcessor(new RudderSpanExporter(rudder)), publicNames }),
 *       ],
 *     })
 *
 * The spans' resource is that of the provider, as far as the table has it.
 */
export class SanitizingSpanProcessor implements SpanProcessor {
  private readonly next: SpanProcessor
  private readonly publicize: Publicize
  private readonly custom: CustomRule
  private readonly sums: AggregatingProcessor

  constructor({ next, publicNames = {}, attributes = {} }: SanitizingSpanProcessorOptions) {
    this.next = next
    this.publicize = publicize(publicNames)
    this.custom = declared(attributes)
    this.sums = new AggregatingProcessor(this.publicize, {
      started: () => undefined,
      ended: (span) => this.handOn(span),
      leftOut: () => undefined,
    })
  }

  private handOn(span: ReadableSpan): void {
    const resource = sanitizeResource(span.resource.attributes, this.publicize, 'client')
    const safe = sanitizeSpan(rawSpan(span), resource, this.publicize, this.custom)
    for (const readable of safe ? toReadableSpans(resource, [safe]) : []) this.next.onEnd(readable)
  }

  onStart(span: Span, parentContext: Context): void {
    this.sums.onStart(span, parentContext)
  }

  onEnding(span: Span): void {
    this.sums.onEnding(span)
  }

  onEnd(span: ReadableSpan): void {
    this.sums.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.next.shutdown()
  }
}
