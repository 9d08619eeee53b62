import { type TrackEvent, stamped } from '../deliver/rudder/event.ts'
import { trackEvents } from '../deliver/rudder/mapping.ts'
import { alreadyDeclared } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import { alreadyPublic } from '../schema/names.ts'
import { removalsFrom, wholeSpan } from '../schema/removals.ts'
import { checkTraces } from '../otlp/decode.ts'
import { tracesData } from '../otlp/encode.ts'
import { type FileSpan, type Line, readLine } from './lines.ts'
import { type Counted, countRemovals } from './text.ts'
import type { ViewSpan } from './view-span.ts'

/** One run (trace) as the terminal and the HTML page show it. */
export interface ViewRun {
  readonly traceId: string
  readonly resource: Readonly<Record<string, unknown>>
  readonly spans: readonly ViewSpan[]
  readonly events: readonly TrackEvent[]
  readonly removed: readonly Counted[]
  /** Whether the run is from an inspect log, so that nothing of it was sent. */
  readonly inspected: boolean
  /** The requests that carry the run. */
  readonly requests: readonly Request[]
}

export interface Request {
  readonly destination: 'OpenTelemetry' | 'RudderStack'
  readonly method: 'POST'
  /** Relative to the destination's base URL. */
  readonly path: string
  /** Before compression. */
  readonly body: string
}

const isProgress = ({ attributes }: ViewSpan): boolean => attributes['cq.span.type'] === 'progress'

/** Collects the spans and events of one trace while the lines are read. */
class RunBuilder {
  resource: Readonly<Record<string, unknown>> = {}
  inspected = false
  /** Whether the tool sends to RudderStack; undefined if the file does not say. */
  rudder: boolean | undefined
  readonly spans: ViewSpan[] = []
  private readonly ids = new Set<string>()
  readonly events: TrackEvent[] = []
  removed: readonly Counted[] = []
  /** Parts of the OTLP body: a resource as JSON, its scope and its spans. */
  private readonly parts: { readonly resource: string; readonly scope: unknown; readonly spans: unknown[] }[] = []

  /** Adds a span. Returns false for a duplicate: a collector's file has a span twice if it was delivered twice. */
  addSpan(span: ViewSpan): boolean {
    const id = isProgress(span) ? `progress ${span.spanId}` : span.spanId
    if (this.ids.has(id)) return false
    this.ids.add(id)
    this.spans.push(span)
    return true
  }

  /** Leaves out a progress report if the end of its operation is known. */
  private get shownSpans(): ViewSpan[] {
    return this.spans.filter((span) => !isProgress(span) || !this.ids.has(span.spanId))
  }

  addOtlp(resource: unknown, scope: unknown, spans: readonly unknown[]): void {
    const text = JSON.stringify(resource)
    const last = this.parts.at(-1)
    if (last?.resource === text) last.spans.push(...spans)
    else this.parts.push({ resource: text, scope, spans: [...spans] })
  }

  private requests(events: readonly TrackEvent[]): Request[] {
    const otlp = this.parts.map(
      ({ resource, scope, spans }) =>
        `{"resource":${resource},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":${JSON.stringify(spans)}}]}`,
    )
    const batch = events.map((event) => JSON.stringify(event))
    const post = { method: 'POST' } as const
    return [
      ...(otlp.length > 0
        ? [
            {
              ...post,
              destination: 'OpenTelemetry' as const,
              path: '/v1/traces',
              body: `{"resourceSpans":[${otlp.join()}]}`,
            },
          ]
        : []),
      ...(batch.length > 0
        ? [{ ...post, destination: 'RudderStack' as const, path: '/v1/batch', body: `{"batch":[${batch.join()}]}` }]
        : []),
    ]
  }

  /** `rudder` applies to a file that does not say whether the tool sends to RudderStack. */
  build(traceId: string, rudder: boolean): ViewRun {
    const { resource, shownSpans, removed, inspected } = this
    const events = (this.rudder ?? rudder) ? this.events : []
    return { traceId, resource, spans: shownSpans, events, removed, inspected, requests: this.requests(events) }
  }
}

const foreign = wholeSpan('it is of another instrumentation')

/**
 * Groups lines into runs. Lines of the inspect log are shown unchanged. Lines of OTLP are sanitized and mapped, to show
 * what would be sent.
 */
class RunReader {
  private readonly builders = new Map<string, RunBuilder>()
  private readonly now: Date
  private logResource: unknown = {}
  private logAttributes: Readonly<Record<string, unknown>> = {}
  private logRudder: boolean | undefined
  /** The run of the last span in the log: its events and removals follow without a trace id. */
  private current: RunBuilder | undefined

  constructor(now: Date) {
    this.now = now
  }

  add(line: string): void {
    const parsed = readLine(line)
    if (parsed.kind === 'traces') for (const span of parsed.spans) this.addFileSpan(span)
    else if (parsed.kind === 'log resource') this.addLogResource(parsed)
    else if (parsed.kind === 'log span') this.addLogSpan(parsed.span, parsed.data)
    else if (parsed.kind === 'log event') this.current?.events.push(parsed.data)
    else if (parsed.kind === 'log removed' && this.current) this.current.removed = parsed.data
  }

  private addLogResource({ data, attributes, rudder }: Extract<Line, { kind: 'log resource' }>): void {
    this.logResource = data
    this.logAttributes = attributes
    this.logRudder = rudder
  }

  private builderFor(traceId: string): RunBuilder {
    const builder = this.builders.get(traceId) ?? new RunBuilder()
    this.builders.set(traceId, builder)
    return builder
  }

  private addLogSpan(span: ViewSpan, data: unknown): void {
    const run = this.builderFor(span.traceId)
    if (!run.addSpan(span)) return
    run.resource = this.logAttributes
    run.inspected = true
    run.rudder = this.logRudder
    const version = this.logAttributes['telemetry.distro.version']
    run.addOtlp(this.logResource, { name: distro.name, version }, [data])
    this.current = run
  }

  private addFileSpan({ span, resource, own, raw }: FileSpan): void {
    const run = this.builderFor(span.traceId)
    if (!run.addSpan(span)) return
    run.resource = { ...run.resource, ...resource }
    run.removed = countRemovals(run.removed, own ? removalsFrom(raw, alreadyPublic, alreadyDeclared) : [foreign])
    if (!own) return
    for (const batch of checkTraces([{ resource, spans: [raw] }], alreadyDeclared, 'client', 'collector')) {
      const [encoded] = tracesData(batch.resource, batch.spans).resourceSpans
      run.addOtlp(encoded?.resource, encoded?.scopeSpans[0]?.scope, encoded?.scopeSpans[0]?.spans ?? [])
      const events = batch.spans.flatMap((each) => trackEvents(each, batch.resource))
      run.events.push(...events.map((event) => stamped(event, this.now) as TrackEvent))
    }
  }

  all(rudder: boolean): ViewRun[] {
    const startOf = ({ spans }: ViewRun) => spans.reduce((first, { startMs }) => Math.min(first, startMs), Infinity)
    return [...this.builders]
      .map(([traceId, run]) => run.build(traceId, rudder))
      .sort((a, b) => startOf(a) - startOf(b))
  }
}

export interface ReadOptions {
  /** Whether runs have track events if the file does not say that their tool sends to RudderStack. Default true. */
  readonly rudder?: boolean
  readonly now?: Date
}

/** Reads the runs of an inspect log, a spool file or a collector's file, oldest first. Ignores any other line. */
export const runsIn = (text: string, { rudder = true, now = new Date() }: ReadOptions = {}): ViewRun[] => {
  const reader = new RunReader(now)
  for (const line of documentsIn(text)) reader.add(line)
  return reader.all(rudder)
}

/** Splits a file into JSON texts: one per line, or a single document that is spread over several lines. */
const documentsIn = (text: string): readonly string[] => {
  const lines = text.split('\n')
  const [first = ''] = lines
  if (lines.length < 2 || isJson(first)) return lines
  return isJson(text) ? [text] : lines
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
