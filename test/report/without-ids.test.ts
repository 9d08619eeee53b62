import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kept, markFirsts } from '../../src/identity/periods.ts'
import { type Batch, encodeLine } from '../../src/otlp/encode.ts'
import { answers } from '../../src/report/database.ts'
import { alreadyPublic } from '../../src/schema/names.ts'
import { sanitizeResource, sanitizeSpan, type SanitizedSpan } from '../../src/schema/sanitize.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { newPlace, type Place } from '../support/program.ts'
import { askWarehouse, fillWarehouse } from '../support/warehouse.ts'

/** Tools that send no id are counted by what their runs say, in the files of a collector and in Rudder's warehouse. */

const home = (): Kept => {
  const kept = new Set<string>()
  return {
    names: () => [...kept],
    create: (name) => !kept.has(name) && kept.add(name) === kept,
    remove: (name) => void kept.delete(name),
  }
}
let runs = 0
const runOn = (day: string, kept: Kept | undefined): Batch => {
  const id = (++runs).toString(16)
  const resource = sanitizeResource({ 'service.name': 'mytool', ci: kept === undefined }, alreadyPublic, 'client')
  const time = Date.parse(`${day}T12:00:00Z`)
  const span = sanitizeSpan(
    {
      traceId: id.padStart(32, 'a'),
      spanId: id.padStart(16, 'a'),
      parentSpanId: undefined,
      startTime: [time / 1000, 0],
      endTime: [time / 1000 + 1, 0],
      attributes: { 'cq.span.type': 'run', ...(kept && markFirsts(kept, time, time)) },
    },
    resource,
    alreadyPublic,
  )
  return { resource, spans: [span as SanitizedSpan] }
}

/** Three installations: one of every week, one that comes back in the third, one of the third alone; and a run in CI. */
const population = (): Batch[] => {
  const [always, back, late] = [home(), home(), home()]
  return [
    runOn('2026-11-02', always),
    runOn('2026-11-02', always),
    runOn('2026-11-03', always),
    runOn('2026-11-03', back),
    runOn('2026-11-09', always),
    runOn('2026-11-16', always),
    runOn('2026-11-17', back),
    runOn('2026-11-17', late),
    runOn('2026-11-17', undefined),
  ]
}
const batches = population()

const period = (name: string, begins: string, invocations: number, users: number, new_users: number) => ({
  period: name,
  begins,
  tool: 'mytool',
  invocations,
  users,
  new_users,
})
const expectedUsers = [
  period('day', '2026-11-02', 2, 1, 1),
  period('day', '2026-11-03', 2, 2, 1),
  period('day', '2026-11-09', 1, 1, 0),
  period('day', '2026-11-16', 1, 1, 0),
  period('day', '2026-11-17', 2, 2, 1),
  period('month', '2026-11-01', 8, 3, 3),
  period('week', '2026-11-02', 4, 2, 2),
  period('week', '2026-11-09', 1, 1, 0),
  period('week', '2026-11-16', 3, 3, 1),
]
const returned = (week: string, age: string, users: number, cohort: number | null, percent: number | null) => ({
  tool: 'mytool',
  week,
  age,
  users,
  cohort,
  percent,
})
const expectedRetention = [
  returned('2026-11-02', 'new', 2, 2, 100),
  returned('2026-11-09', '1w', 1, 2, 50),
  returned('2026-11-16', 'new', 1, 1, 100),
  // Who began three weeks before is not in these files.
  returned('2026-11-16', '2-3w', 2, null, null),
]

let place: Place
let postgres: Postgres
beforeAll(async () => {
  place = newPlace()
  postgres = await startPostgres()
  await fillWarehouse(postgres, batches)
})
afterAll(async () => {
  place.remove()
  await postgres.stop()
})

const answersOf = async () => {
  const file = join(place.cwd, 'spans.jsonl')
  writeFileSync(file, batches.map(encodeLine).join(''))
  const all = await answers([file], () => undefined)
  return Object.fromEntries(
    all.map(({ question, columns, rows }) => [
      question,
      rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
    ]),
  )
}

test('users of days, weeks and months, and who came back, are found in the files', async () => {
  const found = await answersOf()
  expect(found['users-without-ids']).toEqual(expectedUsers)
  expect(found['retention-without-ids']).toEqual(expectedRetention)
})

test('the warehouse has the same numbers', async () => {
  expect(await askWarehouse(postgres, 'users-without-ids')).toEqual(expectedUsers)
  expect(await askWarehouse(postgres, 'retention-without-ids')).toEqual(expectedRetention)
})
