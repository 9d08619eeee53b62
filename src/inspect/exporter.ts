import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { checkOptions, optional, type Row } from '../api/check-options.ts'
import { callback, flag, text } from '../api/checks.ts'
import { attributes, publicNames } from '../api/shared-options.ts'
import { fromReadableSpan, readableSpanRemovals } from '../otlp/readable-span.ts'
import type { TrackEvent } from '../deliver/rudder/event.ts'
import { trackEvents } from '../deliver/rudder/mapping.ts'
import { type Declarations, declared } from '../schema/custom.ts'
import { type PublicNames, publicize } from '../schema/names.ts'
import { type Removal, resourceRemovals } from '../schema/removals.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'
import { shellWord } from '../machine/shell-word.ts'
import { InspectLog } from './log.ts'
import { paintFor, proseWidthOf, widthOf } from './paint.ts'
import { escapeControls, escapeLines } from '../machine/visible.ts'
import { asText, type Counted, countRemovals } from './text.ts'
import { plural, viewSpan } from './view-span.ts'
import { wrap } from '../machine/wrap.ts'
import { writeWhole } from '../machine/output.ts'

export interface InspectSpanExporterOptions {
  /** The log file. Default: `cloudquery.log`. */
  readonly logFile?: string
  /** Names that may be sent. Without this option, every name is shown as `private`, as it would be sent. */
  readonly publicNames?: PublicNames
  /** Attributes of operations that you have declared. Others are left out. */
  readonly attributes?: Declarations
  /** Whether the tool sends to RudderStack. If not, no track events are shown. Default: true. */
  readonly rudder?: boolean
  /** The clock of the log. Default: the time. */
  readonly now?: () => Date
  /** The command that shows more, printed at the end. Default: `npx cq-telemetry view`. */
  readonly viewer?: string | undefined
  /** Prints a text. Default: to standard error. */
  readonly print?: (text: string) => void
}

/** The checks of `InspectSpanExporterOptions`. */
const rows = {
  logFile: optional(text),
  publicNames,
  attributes,
  rudder: optional(flag),
  now: optional(callback),
  viewer: optional(text),
  print: optional(callback),
} satisfies Record<keyof InspectSpanExporterOptions, Row>

/** Spans and events that are shown at most: more would fill the memory of a command that runs long. */
const maxShown = 5_000

/**
 * An OpenTelemetry exporter that sends nothing. It writes each span and each track event to the log as the other
 * exporters would send it. At the end it prints the spans, the events, and what was removed. A span without a
 * `cq.span.type` is one of the removed.
 */
export class InspectSpanExporter implements SpanExporter {
  private readonly path: string
  private readonly log: InspectLog
  private readonly publicize
  private readonly custom
  private readonly print: (text: string) => void
  private readonly viewer: string
  private readonly rudder: boolean
  private readonly spans: SanitizedSpan[] = []
  private readonly events: TrackEvent[] = []
  private removals: readonly Counted[] = []
  private readonly counts = { spans: 0, events: 0 }
  private readonly resources = new WeakSet<ReadableSpan['resource']>()
  private failed = false

  /** Throws a TypeError that names each wrong or unknown option. */
  constructor(options: InspectSpanExporterOptions = {}) {
    checkOptions('InspectSpanExporter', rows, options)
    const { logFile = 'cloudquery.log', viewer = 'npx cq-telemetry view', rudder = true, now, print } = options
    this.path = logFile
    this.log = new InspectLog(logFile, now ?? (() => new Date()), rudder)
    this.publicize = publicize(options.publicNames ?? {})
    this.custom = declared(options.attributes ?? {})
    this.viewer = viewer
    this.rudder = rudder
    this.print = print ?? ((text) => writeWhole(2, escapeLines(text, paintFor(process.stderr).isColorSupported)))
  }

  /** Writes spans that are sanitized already. Never throws. */
  write(resource: SanitizedResource, spans: readonly SanitizedSpan[]): void {
    const events = spans.flatMap((span) => trackEvents(span, resource))
    this.spans.push(...spans.slice(0, maxShown - this.spans.length))
    this.events.push(...events.slice(0, maxShown - this.events.length))
    this.counts.spans += spans.length
    this.counts.events += events.length
    try {
      this.log.write(resource, spans, events)
    } catch {
      this.failed = true
    }
  }

  /** Notes values that were removed earlier, e.g. by a `SanitizingSpanProcessor`. */
  remove(removals: readonly Removal[]): void {
    this.removals = countRemovals(this.removals, removals)
  }

  export(spans: ReadableSpan[], resultCallback: Parameters<SpanExporter['export']>[1]): void {
    for (const span of spans) {
      this.remove(readableSpanRemovals(span, this.publicize, this.custom))
      this.removeFromResource(span.resource)
      const ours = fromReadableSpan(span, this.publicize, this.custom)
      if (ours) this.write(ours.resource, [ours.span])
    }
    resultCallback({ code: this.failed ? 1 : 0 })
  }

  /** Once for a resource: all spans of a provider share it. */
  private removeFromResource(resource: ReadableSpan['resource']): void {
    if (this.resources.has(resource)) return
    this.resources.add(resource)
    this.remove(resourceRemovals(resource.attributes, this.publicize))
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.close()
  }

  /** Prints what was recorded and where the log is. Never throws. */
  close(): void {
    const { spans, events } = this.counts
    const path = escapeControls(this.path)
    const where = this.failed
      ? `${path} cannot be written`
      : `written to ${path} (in a browser: ${escapeControls(this.viewer)} ${escapeControls(shellWord(this.path))} --open)`
    const prose = proseWidthOf(process.stderr)
    const look = { width: widthOf(process.stderr), paint: paintFor(process.stderr) }
    try {
      if (!this.failed) this.log.removed(this.removals)
      const lines = [
        ...wrap('Telemetry of this run (nothing was sent):', prose),
        ...asText(
          { spans: this.spans.map(viewSpan), events: this.rudder ? this.events : [], removed: this.removals },
          look,
        ),
        ...(spans === 0 ? ['No span was recorded: --debug-telemetry says why.'] : []),
        '',
        ...wrap(
          `${plural(spans, 'span')}${this.rudder ? ` and ${plural(events, 'track event')}` : ''}: ${where}`,
          prose,
        ),
      ]
      this.print(`${lines.join('\n')}\n`)
    } catch {
      // Standard error is closed, so nothing can be printed.
    }
  }
}
