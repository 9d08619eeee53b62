import { expect, test, vi } from 'vitest'
import type { RawSpan } from '../../src/schema/sanitize.ts'
import { found, plant } from '../support/canaries.ts'
import { record } from '../support/record.ts'
import { plantedSpans } from '../support/vector-places.ts'
import { searchFor } from '../support/vectors.ts'
import { careless } from '../fixtures/careless.mjs'

/** The tests of the tests in canaries.test.ts and vectors.test.ts: the same calls, with the sanitizer switched off. */

vi.mock('../../src/schema/sanitize.ts', () => ({
  sanitizeSpan: (raw: RawSpan) => ({ ...raw, type: raw.attributes['cq.span.type'], name: 'any' }),
  sanitizeResource: (attributes: unknown) => ({ attributes }),
}))

test('without the sanitizer each canary is found', async () => {
  const canaries = plant(360)
  const run = record({})
  const { operations, tracer } = run
  const telemetry = { tracer, operation: operations.operation.bind(operations) }
  await careless(
    telemetry,
    canaries.map(({ text }) => text),
  )
  run.end(0)
  expect(found(canaries, JSON.stringify(run.spans))).toHaveLength(canaries.length)
})

test('without the sanitizer a secret of each format is found on each type of span', () => {
  const run = record({})
  const spans = plantedSpans()
  for (const { attributes } of spans)
    run.operations.operation('fetch', () => run.tracer.startSpan('x', { attributes: attributes as never }).end())
  run.end(0)
  const found = searchFor(spans.map(({ vector }) => vector))(JSON.stringify(run.spans))
  const places = new Set(found.map((each) => each.slice(0, each.lastIndexOf(' ('))))
  const missed = spans.filter(({ vector }) => !places.has(`${vector.format} @ ${vector.input}`))
  expect(missed.map(({ vector }) => `${vector.format} @ ${vector.input}`)).toEqual([])
})
