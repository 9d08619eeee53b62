import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, test } from 'vitest'
import { SanitizingSpanProcessor } from '../../src/record/sanitizing-processor.ts'
import { resourceTable, spanTable, table } from '../../src/schema/table.ts'
import { spanTypes } from '../../src/schema/vocabulary.ts'
import { examples } from '../support/examples.ts'
import { everyName, record } from '../support/record.ts'

/** Every attribute of the table on every type of span and on the resource: each is kept only where it belongs. */

const planted = Object.fromEntries(table.map(({ key }) => [key, examples()[key] as string]))
const ofResource = resourceTable.map(({ key }) => key)
const keysOn = (type: string) => spanTable.filter(({ on }) => on.some((each) => each === type)).map(({ key }) => key)
const misplaced = (kept: object, allowed: readonly string[]) =>
  Object.keys(kept).filter((key) => !allowed.includes(key))

test('no attribute belongs to both a span and the resource', () => {
  expect(spanTable.map(({ key }) => key).filter((key) => ofResource.includes(key))).toEqual([])
})

describe.each(spanTypes)('a span of type %s', (type) => {
  const attributes = { ...planted, 'cq.span.type': type }

  test('of the public tracer keeps only its own', () => {
    const recorded = record(everyName)
    recorded.tracer.startActiveSpan('outer', { attributes: { 'cq.span.type': 'operation' } }, (outer) => {
      recorded.tracer.startSpan('x', { attributes }).end()
      outer.end()
    })
    recorded.end(0)
    const kept = recorded.spans.filter((span) => span.type === type)
    expect(kept.length).toBeGreaterThan(0)
    for (const span of kept) expect(misplaced(span.attributes, keysOn(type))).toEqual([])
  })

  test('of a host’s own provider keeps only its own', () => {
    const exporter = new InMemorySpanExporter()
    const next = new SimpleSpanProcessor(exporter)
    const processor = new SanitizingSpanProcessor({ next, publicNames: everyName, resource: planted })
    const resource = resourceFromAttributes(planted)
    const tracer = new BasicTracerProvider({ resource, spanProcessors: [processor] }).getTracer('any')
    tracer.startActiveSpan('outer', { attributes: { 'cq.span.type': 'operation' } }, (outer) => {
      tracer.startSpan('x', { attributes }).end()
      outer.end()
    })
    for (const span of exporter.getFinishedSpans()) {
      if (span.attributes['cq.span.type'] === type) expect(misplaced(span.attributes, keysOn(type))).toEqual([])
      expect(misplaced(span.resource.attributes, ofResource)).toEqual([])
    }
  })
})

test('the resource keeps only its own', () => {
  const recorded = record(everyName, {}, planted)
  recorded.end(0)
  const { attributes } = recorded.resource()
  expect(misplaced(attributes, ofResource)).toEqual([])
  expect(Object.keys(attributes)).toHaveLength(resourceTable.filter(({ source }) => source === 'client').length)
})
