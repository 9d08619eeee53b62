import { type TrackEvent, stamped } from '../deliver/rudder/event.ts'
import { trackEvents } from '../deliver/rudder/mapping.ts'
import { alreadyDeclared } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import { alreadyPublic } from '../schema/names.ts'
import { removalsFrom, wholeSpan } from '../schema/removals.ts'
import { checkTraces } from '../otlp/decode.ts'
import { tracesData } from '../otlp/encode.ts'
import { type FileSpan, readLine } from './lines.ts'
import { type Counted, countRemovals } from './text.ts'
import type { ViewSpan } from './view-span.ts'

/** A run as it is shown, from whichever file. */
export interface ViewRun {
  readonly traceId: string
  readonly resource: Readonly<Record<string, unknown>>
  readonly spans: readonly ViewSpan[]
  readonly events: readonly TrackEvent[]
  readonly removed: readonly Counted[]
  /** The bodies of the requests that carry it, before compression. */
  readonly requests: readonly Request[]
}

export interface Request {
  readonly destination: 'OpenTelemetry' | 'RudderStack'
  readonly method: 'POST'
  /** Below the address of the destination. */
  readonly path: string
  readonly body: string
}

/** What belongs to a trace, as the lines come. */
class Gathered {
  resource: Readonly<Record<string, unknown>> = {}
  readonly spans: ViewSpan[] = []
  private readonly ids = new Set<string>()
  readonly events: TrackEvent[] = []
  removed: readonly Counted[] = []
  /** Parts of the OTLP body: the resource, and the spans below it. */
  private readonly parts: { readonly resource: string; readonly scope: unknown; readonly spans: unknown[] }[] = []

  /** False for a span that is there already: what is delivered twice lies in a collector's file twice. */
  addSpan(span: ViewSpan): boolean {
    if (this.ids.has(span.spanId)) return false
    this.ids.add(span.spanId)
    this.spans.push(span)
    return true
  }

  addOtlp(resource: unknown, scope: unknown, spans: readonly unknown[]): void {
    const text = JSON.stringify(resource)
    const last = this.parts.at(-1)
    if (last?.resource === text) last.spans.push(...spans)
    else this.parts.push({ resource: text, scope, spans: [...spans] })
  }

  requests(): Request[] {
    const otlp = this.parts.map(
      ({ resource, scope, spans }) =>
        `{"resource":${resource},"scopeSpans":[{"scope":${JSON.stringify(scope)},"spans":${JSON.stringify(spans)}}]}`,
    )
    const events = this.events.map((event) => JSON.stringify(event))
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
      ...(events.length > 0
        ? [{ ...post, destination: 'RudderStack' as const, path: '/v1/batch', body: `{"batch":[${events.join()}]}` }]
        : []),
    ]
  }

  asRun(traceId: string): ViewRun {
    const { resource, spans, events, removed } = this
    return { traceId, resource, spans, events, removed, requests: this.requests() }
  }
}

const foreign = wholeSpan('it is of another instrumentation')

/** Puts the lines of a file, or of several, together to runs: those of the log as they are, those of OTLP with what would become of them. */
class Runs {
  private readonly traces = new Map<string, Gathered>()
  private readonly now: Date
  private logResource: unknown = {}
  private logAttributes: Readonly<Record<string, unknown>> = {}
  /** The trace that the log's lines without an id belong to. */
  private current: Gathered | undefined

  constructor(now: Date) {
    this.now = now
  }

  add(line: string): void {
    const read = readLine(line)
    if (read.kind === 'traces') for (const span of read.spans) this.addFileSpan(span)
    else if (read.kind === 'log resource') [this.logResource, this.logAttributes] = [read.data, read.attributes]
    else if (read.kind === 'log span') this.addLogSpan(read.span, read.data)
    else if (read.kind === 'log event') this.current?.events.push(read.data)
    else if (read.kind === 'log removed' && this.current) this.current.removed = read.data
  }

  private of(traceId: string): Gathered {
    const gathered = this.traces.get(traceId) ?? new Gathered()
    this.traces.set(traceId, gathered)
    return gathered
  }

  private addLogSpan(span: ViewSpan, data: unknown): void {
    const gathered = this.of(span.traceId)
    if (!gathered.addSpan(span)) return
    gathered.resource = this.logAttributes
    const version = this.logAttributes['telemetry.distro.version']
    gathered.addOtlp(this.logResource, { name: distro.name, version }, [data])
    this.current = gathered
  }

  private addFileSpan({ span, resource, own, raw }: FileSpan): void {
    const gathered = this.of(span.traceId)
    if (!gathered.addSpan(span)) return
    gathered.resource = { ...gathered.resource, ...resource }
    gathered.removed = countRemovals(
      gathered.removed,
      own ? removalsFrom(raw, alreadyPublic, alreadyDeclared) : [foreign],
    )
    if (!own) return
    for (const batch of checkTraces([{ resource, spans: [raw] }], alreadyDeclared, 'client', 'collector')) {
      const [encoded] = tracesData(batch.resource, batch.spans).resourceSpans
      gathered.addOtlp(encoded?.resource, encoded?.scopeSpans[0]?.scope, encoded?.scopeSpans[0]?.spans ?? [])
      const events = batch.spans.flatMap((each) => trackEvents(each, batch.resource))
      gathered.events.push(...events.map((event) => stamped(event, this.now) as TrackEvent))
    }
  }

  all(): ViewRun[] {
    const began = ({ spans }: ViewRun) => spans.reduce((first, { startMs }) => Math.min(first, startMs), Infinity)
    return [...this.traces].map(([traceId, gathered]) => gathered.asRun(traceId)).sort((a, b) => began(a) - began(b))
  }
}

/** The runs that a text holds, oldest first: of our log, of a spool's file or of a collector's. A line that is none of these is passed over. */
export const runsIn = (text: string, now = new Date()): ViewRun[] => {
  const runs = new Runs(now)
  for (const line of wholeOrLines(text)) runs.add(line)
  return runs.all()
}

/** A file is lines of JSON, or one document that may be spread over several. */
const wholeOrLines = (text: string): readonly string[] => {
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
