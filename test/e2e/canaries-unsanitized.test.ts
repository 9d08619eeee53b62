import { expect, test, vi } from 'vitest'
import type { RawSpan } from '../../src/schema/sanitize.ts'
import { found, plant } from '../support/canaries.ts'
import { record } from '../support/record.ts'
import { careless } from '../fixtures/careless.mjs'

/** The test of the test in canaries.test.ts: the same calls, with the sanitizer switched off. */

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
