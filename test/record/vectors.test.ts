import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { InspectSpanExporter } from '../../src/inspect/exporter.ts'
import { asText, type Counted, countRemovals } from '../../src/inspect/text.ts'
import { paintFor } from '../../src/inspect/paint.ts'
import { viewSpan } from '../../src/inspect/view-span.ts'
import { encodeLine } from '../../src/otlp/encode.ts'
import { fromReadableSpan } from '../../src/otlp/readable-span.ts'
import { SanitizingSpanProcessor } from '../../src/record/sanitizing-processor.ts'
import { bool, bucket, oneOf } from '../../src/schema/custom.ts'
import { publicize } from '../../src/schema/names.ts'
import type { Removal } from '../../src/schema/removals.ts'
import { resourceTable } from '../../src/schema/table.ts'
import { usePlace } from '../support/place.ts'
import { record } from '../support/record.ts'
import { calls, counts, plantedSpans } from '../support/vector-places.ts'
import { forms, searchFor, seed, type Vector, vectorsFor } from '../support/vectors.ts'

/**
 * Secrets of each format, in every call and in every attribute of every type of span; then all that leaves the recorder
 * is searched for each, plain and encoded. `CQ_TEST_SEED` makes the same secrets again.
 */

const publicNames = { operations: ['fetch'], providers: ['aws'], resources: ['users'], policies: ['cis'] }
const attributes = { output: oneOf('json', 'table'), cached: bool(), rows: bucket() }
const look = { width: 400, paint: paintFor(process.stderr) }

const start = () => {
  let removed: readonly Counted[] = []
  const recorded = record({ ...publicNames, packages: ['cq-telemetry'] }, attributes, {}, (each) => {
    removed = countRemovals(removed, each)
  })
  const { operations, tracer } = recorded
  const telemetry = {
    tracer,
    operation: operations.operation.bind(operations),
    error: (each: unknown) => recorded.setRunError(each),
  }
  /** What is spooled, sent and shown. */
  const sinks = (): string => {
    recorded.end(1)
    const resource = recorded.resource()
    const events = recorded.spans.flatMap((span) => trackEvents(span, resource))
    return [
      encodeLine({ resource, spans: recorded.spans }),
      JSON.stringify(events),
      asText({ spans: recorded.spans.map(viewSpan), events, removed }, look).join('\n'),
      JSON.stringify(removed),
    ].join('\n')
  }
  return { recorded, telemetry, sinks }
}

const { formats, inCalls, inSpans } = counts
describe(`of secrets of ${formats} formats, ${inCalls} in calls and ${inSpans} in spans (seed ${seed})`, () => {
  test('none leaves the recorder through a call', async () => {
    const planted = calls.map(([input, plant]) => ({ plant, vectors: vectorsFor(input) }))
    const { recorded, telemetry, sinks } = start()
    for (const { plant, vectors } of planted) for (const { text } of vectors) await plant(telemetry, text)
    const vectors = planted.flatMap((each) => each.vectors)
    expect(vectors).toHaveLength(counts.inCalls)
    const left = sinks()
    expect(recorded.spans.length).toBeGreaterThan(vectors.length)
    expect(recorded.spans.filter(({ type }) => type === 'crash').length).toBeGreaterThan(15 * counts.formats)
    expect(searchFor(vectors)(left)).toEqual([])
  })

  test('none leaves the recorder through an attribute of a span', () => {
    const spans = plantedSpans()
    const { recorded, telemetry, sinks } = start()
    for (const span of spans)
      telemetry.operation('fetch', () => {
        telemetry.tracer.startSpan('x', { attributes: span.attributes as never }).end()
      })
    const left = sinks()
    expect(spans.reduce((sum, { places }) => sum + places, 0)).toBe(counts.inSpans)
    expect(recorded.spans.length).toBeGreaterThan(2 * spans.length - 1)
    expect(searchFor(spans.map(({ vector }) => vector))(left)).toEqual([])
  })
})

describe('through a tracer provider of the host’s own', () => {
  const place = usePlace()

  test('none is sent by attributes, the resource, events, links and states, in protobuf, in JSON, to RudderStack or to the log', () => {
    const spans = plantedSpans()
    const resource = vectorsFor('resource of a provider')
    const rest = vectorsFor('name, event, link and status of a span')
    const safe = new InMemorySpanExporter()
    const removed: Removal[] = []
    const next = new SimpleSpanProcessor(safe)
    const onRemoved = (each: readonly Removal[]) => removed.push(...each)
    const sanitizing = new SanitizingSpanProcessor({ next, publicNames, attributes, onRemoved })
    const texts = resource.map(({ text }) => text)
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        ...Object.fromEntries(resourceTable.map(({ key }, index) => [key, texts[index % texts.length]])),
        ...Object.fromEntries(texts.map((text) => [text, text])),
      }),
      spanProcessors: [sanitizing],
    })
    const tracer = provider.getTracer('theirs')
    spans.forEach((span, index) => {
      const { text } = rest[index % rest.length] as Vector
      const made = tracer.startSpan(text, { attributes: span.attributes as never })
      made.addEvent(text, { [text]: text })
      made.setStatus({ code: 2, message: text })
      made.end()
    })
    const left = safe.getFinishedSpans()
    expect(left.length).toBeGreaterThan(2 * counts.formats)
    const log = join(place.cwd, 'log')
    let printed = ''
    const inspect = new InspectSpanExporter({ logFile: log, publicNames, print: (text) => (printed += text) })
    inspect.export(left, () => undefined)
    inspect.remove(removed)
    inspect.close()
    const events = left.flatMap((span) => {
      const ours = fromReadableSpan(span, publicize(publicNames), () => undefined)
      return ours ? trackEvents(ours.span, ours.resource) : []
    })
    const wires = [ProtobufTraceSerializer, JsonTraceSerializer].map((each) => each.serializeRequest(left) ?? [])
    const search = searchFor([...spans.map(({ vector }) => vector), ...resource, ...rest])
    const sinks = [...wires.map((wire) => Buffer.from(wire).toString('latin1')), JSON.stringify(events), printed]
    expect(search([...sinks, readFileSync(log, 'utf8')].join('\n'))).toEqual([])
  })
})

describe('the search', () => {
  const vectors = vectorsFor('the search')
  const search = searchFor(vectors)

  test.each(Object.keys(forms))('finds each of them %s', (form) => {
    for (const { format, text } of vectors)
      for (const encoded of (forms[form] as (text: string) => string[])(text))
        expect(search(`{"before":"${encoded}and after"}`).join(), `${format}: ${encoded}`).toContain(`${format} @`)
  })

  test('finds the random part if the rest is cut off', () => {
    for (const { format, pieces } of vectors)
      for (const piece of pieces) expect(search(`=${piece}=`).join()).toContain(`${format} @`)
  })
})
