import { type Collector, collectorKey, until } from './collector.ts'
import type { Encoding } from './load.ts'
import { type RawSpan, rawBody } from './raw-spans.ts'

/** What a collector has in its file of spans that were sent as they are. */

interface Attributed {
  readonly attributes?: { key: string; value: Record<string, unknown> }[]
}

export interface Stored {
  readonly resource: Attributed
  readonly span: Attributed & { readonly spanId: string }
  readonly events: readonly Attributed[]
}

interface Line {
  readonly resourceSpans: readonly {
    readonly resource: Attributed
    readonly scopeSpans: readonly {
      readonly spans: readonly (Attributed & { readonly spanId: string; readonly events?: readonly Attributed[] })[]
    }[]
  }[]
}

/** The spans of lines of OTLP, by their ids. */
export const storedIn = (lines: readonly string[]): Map<string, Stored> =>
  new Map(
    lines.flatMap((line) =>
      (JSON.parse(line) as Line).resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) =>
          spans.map((span): [string, Stored] => [span.spanId, { resource, span, events: span.events ?? [] }]),
        ),
      ),
    ),
  )

const contentTypes = { json: 'application/json', protobuf: 'application/x-protobuf' } as const

const post = async ({ url }: Collector, span: RawSpan, encoding: Encoding): Promise<void> => {
  const answer = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': contentTypes[encoding], authorization: `Bearer ${collectorKey}` },
    body: rawBody([span], encoding),
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
}

/** Sends the spans, each in a request, and then one that is kept: once it is in the file, so are those before it. */
export const storedOf = async (
  collector: Collector,
  sent: readonly { readonly encoding: Encoding; readonly span: RawSpan }[],
): Promise<ReadonlyMap<string, Stored>> => {
  for (const { encoding, span } of sent) await post(collector, span, encoding)
  const now = BigInt(Date.now()) * 1_000_000n
  const last: RawSpan = { spanId: 'f'.repeat(16), attributes: [['cq.span.type', 'run']], start: now, end: now }
  await post(collector, last, 'json')
  await until('the last span', () => storedIn(collector.lines()).has(last.spanId))
  return storedIn(collector.lines())
}
