import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answers } from '../../src/report/database.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { otlpLines } from '../support/generated-formats.ts'
import { generated } from '../support/generated.ts'
import { type Truth, truthOf } from '../support/generated-truth.ts'
import { newPlace, type Place } from '../support/program.ts'
import { objectsOf } from '../support/rows.ts'
import { sampled, samplingError } from '../support/sampled.ts'

/** A population of which three in ten operations were recorded. */

const size = 20
const rate = 300_000
const truth = truthOf(size)
let place: Place
let found: Truth
beforeAll(async () => {
  place = newPlace()
  const file = join(place.cwd, 'spans.jsonl')
  writeFileSync(file, [...otlpLines(sampled(generated(size, 20_261_103), rate))].join(''))
  const all = await answers([file], () => undefined, {})
  found = Object.fromEntries(all.map((answer) => [answer.question, objectsOf(answer)])) as Truth
})
afterAll(() => place.remove())

const ofOperations = ['operations', 'resources', 'completeness']
const ofRuns = (Object.keys(questions) as Question[]).filter((question) => !ofOperations.includes(question))

test.each(ofRuns)('%s has the same answer as without sampling', (question) => {
  expect(found[question]).toMatchObject(truth[question] as object)
})

test('operations and killed operations are counted by weight, within the error of the sample', () => {
  expect(found['operations']).toHaveLength(2)
  for (const [nth, { tool, runs, killed, success_percent }] of (truth['operations'] ?? []).entries()) {
    const row = found['operations']?.[nth]
    expect(row).toMatchObject({ tool })
    expect(Math.abs(Number(row?.['runs']) - Number(runs))).toBeLessThan(samplingError(Number(runs), rate))
    expect(Math.abs(Number(row?.['killed']) - Number(killed))).toBeLessThan(samplingError(Number(killed), rate))
    // A fifth is the standard deviation of what is true four times in a hundred.
    const percent = (4 * 100 * 0.2) / Math.sqrt((Number(runs) * rate) / 1_000_000)
    expect(Math.abs(Number(row?.['success_percent']) - Number(success_percent))).toBeLessThan(percent)
  }
})

test('the sums of resources are counted by weight', () => {
  const runs = Object.fromEntries((truth['operations'] ?? []).map((row) => [row['tool'], Number(row['runs'])]))
  expect(found['resources']).toHaveLength(4)
  for (const row of truth['resources'] ?? []) {
    const own = found['resources']?.find((each) => each['tool'] === row['tool'] && each['resource'] === row['resource'])
    const error = samplingError(runs[String(row['tool'])] ?? 0, rate)
    for (const [name, each] of [
      ['fetches', row['resource'] === 'ec2.instances' ? 2 : 1],
      ['items', row['resource'] === 'ec2.instances' ? 10 : 1],
    ] as const)
      expect(Math.abs(Number(own?.[name]) - Number(row[name]))).toBeLessThan(each * error)
  }
})

test('every run is counted, and only runs with lost spans are incomplete', () => {
  for (const [nth, { tool, runs, incomplete_runs }] of (truth['completeness'] ?? []).entries()) {
    const row = found['completeness']?.[nth]
    expect(row).toMatchObject({ tool, runs })
    const incomplete = Number(row?.['incomplete_runs'])
    const expected = (Number(incomplete_runs) * rate) / 1_000_000
    expect(Math.abs(incomplete - expected)).toBeLessThan(4 * Math.sqrt(expected))
    expect(row?.['missing_spans']).toBe(incomplete)
  }
})

test.each([['0'], ['-5'], ['1000001'], ['none'], ['1e9'], [true]])(
  'an operation with the invalid rate %j is counted once',
  async (given) => {
    const file = join(place.cwd, 'hostile.jsonl')
    const runs = [...sampled(generated(1, 7), 1_000_000)].map(({ resource, spans }) => ({
      resource,
      spans: spans.map((span) => ({ ...span, attributes: { ...span.attributes, 'cq.sample.per_million': given } })),
    }))
    writeFileSync(file, [...otlpLines(runs)].join(''))
    const all = await answers([file], () => undefined, {})
    const rows = all.filter(({ question }) => question === 'operations').flatMap(objectsOf)
    expect(rows).toMatchObject(truthOf(1)['operations'] as object)
  },
)
