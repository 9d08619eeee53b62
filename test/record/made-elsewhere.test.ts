import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, test } from 'vitest'
import { fromReadableSpan } from '../../src/otlp/readable-span.ts'
import { SanitizingSpanProcessor } from '../../src/record/sanitizing-processor.ts'
import { publicize } from '../../src/schema/names.ts'
import type { Removal } from '../../src/schema/removals.ts'
import { sanitizeResource, sanitizeSpan } from '../../src/schema/sanitize.ts'
import { record } from '../support/record.ts'

/** What a tracer's user could put into an attribute that only this package should fill. */

const publicNames = { operations: ['fetch'], providers: ['aws'], packages: ['mytool'] }
const hex = '5ec4e7'

describe('a crash that was made with a tracer', () => {
  const planted = {
    'cq.span.type': 'crash',
    'cq.crash.kind': 'uncaught',
    'cq.crash.frames': ['mytool/dist/alice.js:1:1', 'node:fs:1:1'],
  }
  const fingerprints = [hex.padEnd(40, '0'), hex.padEnd(64, '0')]

  test.each(fingerprints)('keeps neither its own fingerprint nor its own frames: %s', (fingerprint) => {
    const removed: Removal[] = []
    const recorded = record(publicNames, {}, {}, (removals) => removed.push(...removals))
    recorded.tracer.startSpan('x', { attributes: { ...planted, 'cq.crash.fingerprint': fingerprint } }).end()
    const late = recorded.tracer.startSpan('x')
    late.setAttributes({ ...planted, 'cq.crash.fingerprint': fingerprint })
    late.end()
    recorded.end(0)
    expect(recorded.spans.map(({ type }) => type)).toEqual(['crash', 'crash', 'run'])
    for (const { attributes } of recorded.spans) expect(JSON.stringify(attributes)).not.toMatch(/5ec4e7|alice|node:fs/)
    expect(removed.map(({ what }) => what)).toEqual(expect.arrayContaining(['cq.crash.fingerprint', 'cq.crash.frames']))
  })

  test.each(fingerprints)("keeps neither in the host's own provider or in an exporter: %s", (fingerprint) => {
    const [raw, safe] = [new InMemorySpanExporter(), new InMemorySpanExporter()]
    const sanitizing = new SanitizingSpanProcessor({ next: new SimpleSpanProcessor(safe), publicNames })
    const provider = new BasicTracerProvider({ spanProcessors: [sanitizing, new SimpleSpanProcessor(raw)] })
    const attributes = { ...planted, 'cq.crash.fingerprint': fingerprint }
    provider.getTracer('any').startSpan('x', { attributes }).end()
    const exported = raw
      .getFinishedSpans()
      .map((span) => fromReadableSpan(span, publicize(publicNames), () => undefined))
    expect([safe.getFinishedSpans().length, exported.length]).toEqual([1, 1])
    const left = [...safe.getFinishedSpans().map((span) => [span.attributes, span.events]), exported]
    expect(JSON.stringify(left)).not.toMatch(/5ec4e7|alice/)
  })
})

describe('the version of a private provider is unknown', () => {
  const judge = publicize(publicNames, (_, name) => (name === 'secret' ? 'private-0123456789abcdef' : 'private'))

  test.each([
    ['of a public one', 'aws', 'aws', '7.7.7'],
    ['of a private one', 'mine', 'private', 'unknown'],
    ['of one with a pseudonym', 'secret', 'private-0123456789abcdef', 'unknown'],
    ['of none', undefined, undefined, 'unknown'],
  ])('on its span: %s', (_, name, left, version) => {
    const resource = sanitizeResource({}, judge, 'client')
    const span = sanitizeSpan(
      {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        parentSpanId: undefined,
        startTime: [1, 0],
        endTime: [2, 0],
        attributes: { 'cq.span.type': 'provider', 'cq.provider.name': name, 'cq.provider.version': '7.7.7' },
      },
      resource,
      judge,
    )
    expect(span?.attributes['cq.provider.name']).toBe(left)
    expect(span?.attributes['cq.provider.version']).toBe(version)
  })

  test('in the sums of an operation', async () => {
    const recorded = record(publicNames)
    await recorded.operations.operation('fetch', async () => {
      for (const name of ['aws', 'mine']) {
        await recorded.operations.provider({ name, version: '7.7.7' }, async () => undefined)
      }
    })
    expect(recorded.spanOf('operation').attributes).toMatchObject({
      'cq.providers.names': ['aws', 'private'],
      'cq.providers.versions': ['7.7.7', 'unknown'],
    })
  })

  test('in the list of installed providers', () => {
    const installed = ['aws@7.7.7', 'mine@7.7.7', 'secret@7.7.7', 'private@7.7.7']
    expect(sanitizeResource({ 'cq.providers.installed': installed }, judge, 'client').attributes).toEqual({
      'cq.providers.installed': ['aws@7.7.7', 'private@unknown', 'private-0123456789abcdef@unknown', 'private@unknown'],
    })
  })
})
