import { afterAll, beforeAll, expect, test } from 'vitest'
import { alreadyPublic } from '../../src/schema/names.ts'
import { type HrTime, sanitizeResource, sanitizeSpan, type SanitizedSpan } from '../../src/schema/sanitize.ts'
import type { Batch } from '../../src/otlp/encode.ts'
import { generated, type GeneratedRun } from '../support/generated.ts'
import { hostileRun } from '../support/hostile-spans.ts'
import { truthOf } from '../support/generated-truth.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { oneCase } from '../support/property.ts'
import type { Question } from '../../src/report/questions.ts'
import { withIntervals } from '../support/left-out.ts'
import { sampled, samplingError } from '../support/sampled.ts'
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

const rate = 300_000
const size = 4
const repeated = withIntervals(generated(size, 20), 86_400, (name) => `repeated-${name}`)

test('every question has an answer, whatever the spans', async () => {
  const others = sampled(generated(size, 19), rate, (name) => `sampled-${name}`)
  await oneCase(hostileRun, 400, async (hostile) => {
    await fillWarehouse(postgres, [...hostile, ...generated(1, 18), ...others, ...repeated.runs].map(batchOf))
    for (const question of warehouseQuestions)
      expect((await askWarehouse(postgres, question)).length, question).toBeGreaterThan(0)
  })
})

test('operations and resources of a tool that samples are counted by weight, and runs are not', async () => {
  const ofTool = async (question: Question) =>
    (await askWarehouse(postgres, question)).filter(({ tool }) => tool === 'sampled-alpha')
  const truth = (question: Question) => truthOf(size)[question]?.filter(({ tool }) => tool === 'alpha') ?? []
  const sum = (rows: readonly object[], name: string) =>
    rows.reduce((total, row) => total + Number((row as Record<string, unknown>)[name]), 0)
  const runs = sum(truth('operations'), 'runs')
  expect(Math.abs(sum(await ofTool('operations'), 'runs') - runs)).toBeLessThan(samplingError(runs, rate))
  expect(Math.abs(sum(await ofTool('resources'), 'items') - 11 * runs)).toBeLessThan(11 * samplingError(runs, rate))
  expect(sum(await ofTool('users-by-day'), 'invocations')).toBe(runs)
  expect(sum(await ofTool('users-by-week'), 'users')).toBe(sum(truth('users-by-week'), 'users'))
})

test('of a tool that records its operations once a day, those that were left out are counted', async () => {
  const ofTool = async (question: Question) =>
    (await askWarehouse(postgres, question)).filter(({ tool }) => tool === 'repeated-alpha')
  const truth = (question: Question) => truthOf(size)[question]?.filter(({ tool }) => tool === 'alpha') ?? []
  const sum = (rows: readonly object[], name: string) =>
    rows.reduce((total: number, row) => total + Number((row as Record<string, unknown>)[name]), 0)
  const runs = sum(truth('operations'), 'runs')
  const uncounted = repeated.uncounted('repeated-alpha')
  expect(uncounted).toBeGreaterThan(10)
  for (const question of ['users-by-day', 'users-by-week', 'versions'] as const)
    expect(sum(await ofTool(question), 'invocations'), question).toBe(runs - uncounted)
  const users = (rows: readonly Record<string, unknown>[]) => rows.map(({ day, users: of }) => [day, of])
  expect(users(await ofTool('users-by-day'))).toEqual(expect.arrayContaining(users(truth('users-by-day'))))
  const counted = runs - repeated.uncounted('repeated-alpha', 'fetch')
  const failed = sum(
    truth('exits').filter((row) => (row as { exit_code: number }).exit_code === 1),
    'runs',
  )
  expect(await ofTool('operations')).toMatchObject([
    { runs: counted, success_percent: Math.round((1000 * (counted - failed)) / counted) / 10 },
  ])
})
