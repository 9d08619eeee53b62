import type { GeneratedRun } from './generated.ts'

/** Generated runs as a tool records them that samples its operations: the id of an operation's span decides. */
export const sampled = function* (
  runs: Iterable<GeneratedRun>,
  perMillion: number,
  tool = (name: string): string => name,
): Generator<GeneratedRun> {
  for (const { resource, spans } of runs) {
    const left = new Set(
      spans
        .filter(({ attributes }) => attributes['cq.span.type'] === 'operation')
        .map(({ spanId }) => spanId)
        .filter((id) => Number.parseInt(id.slice(0, 8), 16) / 2 ** 32 >= perMillion / 1_000_000),
    )
    // With the span of the provider, also where it has not come.
    const fewer = 2 * left.size
    yield {
      resource: { ...resource, 'service.name': tool(String(resource['service.name'])) },
      spans: spans
        .filter(({ spanId, parentSpanId }) => !left.has(spanId) && !left.has(parentSpanId))
        .map((span) => {
          const recorded = span.attributes['cq.spans.recorded']
          const isOperation = span.attributes['cq.span.type'] === 'operation'
          const more = {
            ...(isOperation && { 'cq.sample.per_million': perMillion }),
            ...(typeof recorded === 'number' && { 'cq.spans.recorded': recorded - fewer }),
          }
          return { ...span, attributes: { ...span.attributes, ...more } }
        }),
    }
  }
}

/** Four times the standard deviation of a number of operations that is counted by weight. */
export const samplingError = (operations: number, perMillion: number): number => {
  const rate = perMillion / 1_000_000
  return 4 * Math.sqrt((operations * (1 - rate)) / rate)
}
