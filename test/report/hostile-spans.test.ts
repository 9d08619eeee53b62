import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, type Chosen } from '../../src/report/database.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { otlpLines } from '../support/generated-formats.ts'
import { generated, type GeneratedRun } from '../support/generated.ts'
import { type Truth, truthOf } from '../support/generated-truth.ts'
import { hostileCases } from '../support/hostile-cases.ts'
import { hostileRun } from '../support/hostile-spans.ts'
import { newPlace, type Place } from '../support/program.ts'
import { cases, fc } from '../support/property.ts'
import { objectsOf } from '../support/rows.ts'

/** What passes the allow-list cannot break a question, nor change the answers for another tool. */

let place: Place
beforeAll(() => {
  place = newPlace()
})
afterAll(() => place.remove())

const ask = async (runs: Iterable<GeneratedRun>, chosen: Chosen = {}): Promise<Truth> => {
  const file = join(place.cwd, 'spans.jsonl')
  writeFileSync(file, [...otlpLines(runs)].join(''))
  const all = await answers([file], () => undefined, chosen)
  return Object.fromEntries(all.map((answer) => [answer.question, objectsOf(answer)])) as Truth
}

test('spans of one tool change no answer for other tools', async () => {
  const truth = truthOf(1)
  await fc.assert(
    fc.asyncProperty(fc.array(hostileRun, { minLength: 150, maxLength: 200 }), async (hostile) => {
      const found = await ask([...hostile, ...generated(1, 7), ...hostile], { tool: 'alpha' })
      for (const question of Object.keys(questions) as Question[]) {
        const own = truth[question]?.filter(({ tool }) => tool === 'alpha')
        expect({ question, rows: found[question] }).toMatchObject({ question, rows: own })
      }
      // With their own rows.
      expect((await ask(hostile))['users-by-day']?.length).toBeGreaterThan(0)
    }),
    { numRuns: cases(2) },
  )
})

describe('one hostile span', () => {
  let found: Truth
  beforeAll(async () => {
    found = await ask(hostileCases.map(({ run }, index) => run(`case-${index}`)))
  })

  test.each(hostileCases.map((each, index) => ({ ...each, tool: `case-${index}` })))(
    '$name: $question says $says',
    ({ question, says, tool }) => {
      const rows = found[question]?.filter((row) => row['tool'] === tool)
      expect(rows).toMatchObject(says)
    },
  )
})
