import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answers } from '../../src/report/database.ts'
import { otlpLines } from '../support/generated-formats.ts'
import { generated } from '../support/generated.ts'
import { type Truth, truthOf } from '../support/generated-truth.ts'
import { newPlace, type Place } from '../support/program.ts'
import { objectsOf } from '../support/rows.ts'
import { type WithIntervals, withIntervals } from '../support/left-out.ts'

/** A population whose operations are recorded once a day, so that those who run twice on their day are recorded once. */

const size = 4
const truth = truthOf(size)
let place: Place
let population: WithIntervals
let found: Truth
beforeAll(async () => {
  place = newPlace()
  const file = join(place.cwd, 'spans.jsonl')
  population = withIntervals(generated(size, 20_261_103), 86_400)
  writeFileSync(file, [...otlpLines(population.runs)].join(''))
  const all = await answers([file], () => undefined, {})
  found = Object.fromEntries(all.map((answer) => [answer.question, objectsOf(answer)])) as Truth
})
afterAll(() => place.remove())

type Row = Truth[string][number]
const sum = (rows: readonly Row[] | undefined, name: string): number =>
  (rows ?? []).filter(({ tool }) => tool === 'alpha').reduce((total, row) => total + Number(row[name]), 0)

test('many are left out, and some of them are not counted yet', () => {
  const recorded = population.runs.filter(({ spans }) => spans.length > 1).length
  expect(recorded).toBeLessThan(sum(truth['operations'], 'runs') * 0.95)
  expect(population.uncounted('alpha')).toBeGreaterThan(10)
  expect(population.uncounted('alpha', 'fetch')).toBeGreaterThan(10)
})

const users = (rows: readonly Row[] | undefined): object[] => (rows ?? []).map((row) => ({ ...row, invocations: null }))

test.each(['users-by-day', 'users-by-week'])('the users of %s are those of all runs', (question) => {
  expect(users(found[question])).toEqual(users(truth[question]))
})

test.each(['versions', 'systems'])(
  'the users of %s are those of all runs, in the order of their invocations',
  (question) => {
    expect(found[question]).toHaveLength(truth[question]?.length ?? 0)
    expect(users(found[question])).toEqual(expect.arrayContaining(users(truth[question])))
  },
)

test.each(['retention', 'retention-without-ids', 'crashes'])('%s has the answer of all runs', (question) => {
  expect(found[question]).toMatchObject(truth[question] as object)
})

test.each(['users-by-day', 'users-by-week', 'versions', 'systems'])(
  'the invocations of %s are those of all runs but the ones that are not counted yet',
  (question) => {
    expect(sum(found[question], 'invocations')).toBe(
      sum(truth[question], 'invocations') - population.uncounted('alpha'),
    )
  },
)

test('operations are counted, and those that were left out have succeeded', () => {
  const runs = sum(truth['operations'], 'runs') - population.uncounted('alpha', 'fetch')
  const failed = sum(
    truth['exits']?.filter(({ exit_code }) => exit_code === 1),
    'runs',
  )
  expect(found['operations']?.find(({ tool }) => tool === 'alpha')).toMatchObject({
    runs,
    success_percent: Math.round((1000 * (runs - failed)) / runs) / 10,
    killed: sum(truth['operations'], 'killed'),
  })
})

test('runs that were left out have ended with 0', () => {
  const expected = (truth['exits'] ?? []).map((row) =>
    row['tool'] === 'alpha' && row['exit_code'] === 0
      ? { ...row, runs: Number(row['runs']) - population.uncounted('alpha') }
      : row,
  )
  expect(found['exits']).toMatchObject(expected)
})

test('nothing is missing but what was lost', () => {
  const missing = population.runs.filter(({ spans }) =>
    spans.some(({ attributes }) => Number(attributes['cq.spans.recorded']) > spans.length),
  )
  expect(found['completeness']?.find(({ tool }) => tool === 'alpha')).toMatchObject({
    incomplete_runs: missing.filter(({ resource }) => resource['service.name'] === 'alpha').length,
  })
})

test.each([['0'], ['-5'], ['1000000001'], ['none'], [true]])(
  'a number %j that is none counts nothing more',
  async (given) => {
    const file = join(place.cwd, 'hostile.jsonl')
    const runs = [...generated(1, 7)].map(({ resource, spans }) => ({
      resource,
      spans: spans.map((span) => ({ ...span, attributes: { ...span.attributes, 'cq.sample.left_out': given } })),
    }))
    writeFileSync(file, [...otlpLines(runs)].join(''))
    const all = await answers([file], () => undefined, {})
    const rows = (question: string) => all.filter((each) => each.question === question).flatMap(objectsOf)
    for (const question of ['operations', 'exits', 'versions'] as const)
      expect(rows(question)).toMatchObject(truthOf(1)[question] as object)
  },
)

test('ten thousand spans with the greatest numbers that count do not stop the report', async () => {
  const file = join(place.cwd, 'greatest.jsonl')
  const [run] = generated(1, 7)
  const operation = run?.spans.find(({ attributes }) => attributes['cq.span.type'] === 'operation')
  if (!run || !operation) throw new Error('no operation')
  const most = { 'cq.sample.left_out': '1000000000', 'cq.sample.per_million': '1' }
  const spans = Array.from({ length: 10_000 }, (_, nth) => ({
    ...operation,
    spanId: (nth + 1).toString(16).padStart(16, '0'),
    attributes: { ...operation.attributes, ...most },
  }))
  writeFileSync(file, [...otlpLines([{ ...run, spans }])].join(''))
  const all = await answers([file], () => undefined, {})
  const [row] = all.filter(({ question }) => question === 'operations').flatMap(objectsOf)
  expect(Number(row?.['runs'])).toBeGreaterThan(9.9e18)
})
