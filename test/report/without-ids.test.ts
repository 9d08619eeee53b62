import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeLine } from '../../src/otlp/encode.ts'
import { answers } from '../../src/report/database.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { newPlace, type Place } from '../support/program.ts'
import { askWarehouse, fillWarehouse } from '../support/warehouse.ts'
import { batches, expectedRetention, expectedUsers } from '../support/without-ids.ts'

/** Tools that send no id are counted by what their runs say, in the files of a collector and in Rudder's warehouse. */

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

test('users of days, weeks and months, and returning users, are found in the files', async () => {
  const found = await answersOf()
  expect(found['users-without-ids']).toEqual(expectedUsers)
  expect(found['retention-without-ids']).toEqual(expectedRetention)
})

test('the warehouse has the same numbers', async () => {
  expect(await askWarehouse(postgres, 'users-without-ids')).toEqual(expectedUsers)
  expect(await askWarehouse(postgres, 'retention-without-ids')).toEqual(expectedRetention)
})
