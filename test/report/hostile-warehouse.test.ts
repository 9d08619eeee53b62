import { afterAll, beforeAll, expect, test } from 'vitest'
import { alreadyPublic } from '../../src/schema/names.ts'
import { type HrTime, sanitizeResource, sanitizeSpan, type SanitizedSpan } from '../../src/schema/sanitize.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import { generated, type GeneratedRun } from '../support/generated.ts'
import { hostileRun } from '../support/hostile-spans.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { fc } from '../support/property.ts'
import { askWarehouse, fillWarehouse, warehouseQuestions } from '../support/warehouse.ts'

/** What passes the allow-list cannot break a question that is asked in Rudder's warehouse. */

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

const hrTime = (nanoseconds: bigint): HrTime => [
  Number(nanoseconds / 1_000_000_000n),
  Number(nanoseconds % 1_000_000_000n),
]

const batchOf = ({ resource, spans }: GeneratedRun): Batch => {
  const safe = sanitizeResource(resource, alreadyPublic, 'client', 'collector')
  const kept = spans.map(({ start, end, ...span }) =>
    sanitizeSpan({ ...span, startTime: hrTime(start), endTime: hrTime(end) }, safe, alreadyPublic),
  )
  return { resource: safe, spans: kept.filter((span): span is SanitizedSpan => span !== undefined) }
}

test('any spans leave every question answered', async () => {
  const hostile = fc.sample(hostileRun, 400)
  await fillWarehouse(postgres, [...hostile, ...generated(1, 18)].map(batchOf))
  for (const question of warehouseQuestions)
    expect((await askWarehouse(postgres, question)).length, question).toBeGreaterThan(0)
})
