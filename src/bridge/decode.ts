import { alreadyDeclared } from '../schema/custom.ts'
import { distro } from '../schema/distro.ts'
import { type Batch, decodeTraces } from '../spool/line.ts'
import { fromProtobuf } from './protobuf.ts'

/** How OTLP/HTTP writes a message; an answer is written as the request was. */
export type Format = 'json' | 'protobuf'

export interface Decoded {
  /** Spans that have events, checked against the table. */
  readonly batches: readonly Batch[]
  /** All spans of the request. */
  readonly spans: number
  /** Spans that are none of ours, or broken. */
  readonly refused: number
}

interface Spans {
  readonly scope?: { readonly name?: unknown }
  spans?: unknown
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])

const scopesOf = (traces: unknown): Spans[] =>
  listOf((traces as { resourceSpans?: unknown } | null)?.resourceSpans).flatMap((each) =>
    listOf((each as { scopeSpans?: unknown } | null)?.scopeSpans).filter(
      (scope): scope is Spans => typeof scope === 'object' && scope !== null,
    ),
  )

/** They are in their operation's sums, and have no event of their own: nothing of them is looked at. */
const withoutEvents = new Set<unknown>(['provider', 'resource', 'policy'])

const isWithoutEvents = (span: unknown): boolean => {
  for (const each of listOf((span as { attributes?: unknown } | null)?.attributes)) {
    const { key, value } = (each ?? {}) as { key?: unknown; value?: { stringValue?: unknown } }
    if (key === 'cq.span.type') return withoutEvents.has(value?.stringValue)
  }
  return false
}

/** Takes the spans without events out of our own scopes. Returns how many there were. */
const skip = (scopes: readonly Spans[]): number => {
  let skipped = 0
  for (const scope of scopes) {
    if (scope.scope?.name !== distro.name) continue
    const spans = listOf(scope.spans)
    scope.spans = spans.filter((span) => !isWithoutEvents(span))
    skipped += spans.length - listOf(scope.spans).length
  }
  return skipped
}

const parse = (body: Uint8Array, format: Format): unknown =>
  format === 'protobuf'
    ? fromProtobuf(body)
    : JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString())

/** Throws for a body that is not what it says it is. */
export const decode = (body: Uint8Array, format: Format): Decoded => {
  const traces = parse(body, format)
  if (typeof traces !== 'object' || traces === null || Array.isArray(traces)) throw new TypeError('no TracesData')
  const scopes = scopesOf(traces)
  const spans = scopes.reduce((sum, scope) => sum + listOf(scope.spans).length, 0)
  const skipped = skip(scopes)
  const batches = decodeTraces(traces, alreadyDeclared, 'client', 'collector')
  const accepted = batches.reduce((sum, batch) => sum + batch.spans.length, 0)
  return { batches, spans, refused: spans - skipped - accepted }
}
