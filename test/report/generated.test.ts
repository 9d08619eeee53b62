import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, type Chosen } from '../../src/report/database.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { otlpLines } from '../support/generated-formats.ts'
import { dateOf, generated } from '../support/generated.ts'
import { type Truth, truthOf } from '../support/generated-truth.ts'
import { newPlace, type Place } from '../support/program.ts'
import { objectsOf } from '../support/rows.ts'

/** Answers on a population whose truth is known by construction. */

const size = 4
const truth = truthOf(size)
let place: Place
let file: string
beforeAll(() => {
  place = newPlace()
  file = join(place.cwd, 'spans.jsonl')
  writeFileSync(file, [...otlpLines(generated(size, 20_261_103))].join(''))
})
afterAll(() => place.remove())

const ask = async (chosen: Chosen = {}): Promise<Truth> => {
  const all = await answers([file], () => undefined, chosen)
  return Object.fromEntries(all.map((answer) => [answer.question, objectsOf(answer)])) as Truth
}

test.each(['the truth of all'])('each question answers %s', async () => {
  const found = await ask()
  for (const question of Object.keys(questions) as Question[])
    expect({ question, rows: found[question] }).toMatchObject({ question, rows: truth[question] })
})

describe('the answers for one tool', () => {
  test.each(['alpha', 'beta'])('%s has only its own rows', async (tool) => {
    const found = await ask({ tool })
    for (const question of Object.keys(questions) as Question[]) {
      const own = truth[question]?.filter((row) => row['tool'] === tool)
      // The calendar is that of the tool.
      const days = question === 'users-by-day' && tool === 'beta' ? own?.slice(3, 25) : own
      expect({ question, rows: found[question] }).toMatchObject({ question, rows: days })
    }
  })
})

describe('the answers for the third week', () => {
  let found: Truth
  beforeAll(async () => {
    found = await ask({ since: new Date(`${dateOf(14)}T00:00:00Z`), until: new Date(`${dateOf(21)}T00:00:00Z`) })
  })

  test('each day has a row, even without events', () => {
    const whole = truth['users-by-day']?.filter(({ day }) => String(day) >= dateOf(14) && String(day) < dateOf(21))
    expect(whole?.length).toBe(14)
    expect(found['users-by-day']).toMatchObject(whole as object)
    expect(found['users-by-week']).toMatchObject(truth['users-by-week']?.slice(4, 6) as object)
  })

  test('only the version of that week is in use', () => {
    expect(found['versions']).toMatchObject(truth['versions']?.filter(({ version }) => version === '1.2.0') as object)
  })

  test('earlier users are not new', () => {
    expect(found['retention']).toEqual([])
  })
})
