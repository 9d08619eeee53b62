/**
 * For authors of tools that have an OpenTelemetry set-up of their own: an exporter that sends spans to RudderStack.
 * docs/instrumenting.md shows the set-up.
 *
 * @module
 */
import type { SpanExporter, ReadableSpan } from '@opentelemetry/sdk-trace'
import { checkOptions, optional, type Row } from '../api/check-options.ts'
import { callback, flag, positive } from '../api/checks.ts'
import { attributes, publicNames, rudderRows } from '../api/shared-options.ts'
import { type CustomRule, type Declarations, declared } from '../schema/custom.ts'
import { type PublicNames, publicize, type Publicize } from '../schema/names.ts'
import { fromReadableSpan } from '../otlp/readable-span.ts'
import { type MappingOptions, trackEvents } from './rudder/mapping.ts'
import type { RudderDestination } from './rudder/destination.ts'
import { type Report, sendToRudder } from './send/rudder.ts'

export type { PublicNames } from '../schema/names.ts'
export type { MappingOptions } from './rudder/mapping.ts'
export type { RudderDestination } from './rudder/destination.ts'
export type { Outcome } from './send/outcome.ts'
export type { Report } from './send/rudder.ts'

export interface RudderSpanExporterOptions extends RudderDestination, MappingOptions {
  /** Names that may be sent. Without this option, every name is sent as `private`. */
  readonly publicNames?: PublicNames
  /** Attributes of operations that you have declared. Others are left out. */
  readonly attributes?: Declarations
  /** Milliseconds after which an export ends, whatever the server does. Default: 10,000. */
  readonly deadlineMs?: number
  /** Called after each export, for your own log. A report has counts and reasons, but no payload. */
  readonly onReport?: (report: ExportReport) => void
}

/** The result of an export. */
export interface ExportReport extends Report {
  /** Spans that were not sent because they have no `cq.span.type`. */
  readonly leftOut: number
}

/** The checks of `RudderSpanExporterOptions`. */
const rows = {
  ...rudderRows,
  resourcesDurations: optional(flag),
  publicNames,
  attributes,
  deadlineMs: optional(positive),
  onReport: optional(callback),
} satisfies Record<keyof RudderSpanExporterOptions, Row>

type ResultCallback = Parameters<SpanExporter['export']>[1]
/** The values of `ExportResultCode` in @opentelemetry/core, which is too large to load for two numbers. */
const success = 0
const failed = 1

/**
 * An OpenTelemetry exporter that sends spans with a `cq.span.type` as RudderStack `track` calls, whichever tracer made
 * them. It leaves out other spans, and counts them in the report. It leaves out attributes that docs/collected-data.md
 * does not list. An export fails, and never throws, if RudderStack has not taken every event within the deadline.
 */
export class RudderSpanExporter implements SpanExporter {
  private readonly options: RudderSpanExporterOptions
  private readonly publicize: Publicize
  private readonly custom: CustomRule
  private readonly inFlight = new Set<Promise<void>>()
  private stopped = false
  /** Most events of one request, as RudderStack's answers have shown. */
  private size = Number.POSITIVE_INFINITY

  /** Throws a TypeError that names each wrong or unknown option. */
  constructor(options: RudderSpanExporterOptions) {
    checkOptions('RudderSpanExporter', rows, options)
    this.options = options
    this.publicize = publicize(options.publicNames ?? {})
    this.custom = declared(options.attributes ?? {})
  }

  export(spans: ReadableSpan[], resultCallback: ResultCallback): void {
    if (this.stopped) return resultCallback({ code: failed, error: new Error('RudderSpanExporter is shut down') })
    const work = this.send(spans).then(
      ({ outcome }) =>
        resultCallback(
          outcome.kind === 'delivered' ? { code: success } : { code: failed, error: new Error(outcome.reason) },
        ),
      (error: unknown) => resultCallback({ code: failed, error: error as Error }),
    )
    this.inFlight.add(work)
    void work.finally(() => this.inFlight.delete(work))
  }

  private async send(spans: readonly ReadableSpan[]): Promise<Report> {
    const ours = spans.flatMap((span) => fromReadableSpan(span, this.publicize, this.custom) ?? [])
    const events = ours.flatMap(({ span, resource }) => trackEvents(span, resource, this.options))
    const { deadlineMs } = this.options
    const options = { size: this.size, ...(deadlineMs !== undefined && { deadlineMs }) }
    const { size, accepted: _, ...report } = await sendToRudder(events, this.options, options)
    this.size = size
    this.options.onReport?.({ ...report, leftOut: spans.length - ours.length })
    return report
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.inFlight)
  }

  async shutdown(): Promise<void> {
    this.stopped = true
    await this.forceFlush()
  }
}
