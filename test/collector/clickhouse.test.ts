import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clickhouse, startClickhouse } from '../clickhouse/session.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { dateOf, generated } from '../support/generated.ts'
import { truthOf } from '../support/generated-truth.ts'
import { hostileRun } from '../support/hostile-spans.ts'
import { fc } from '../support/property.ts'

/** The questions in a real ClickHouse, over the table of the collector's exporter. */

/** A size of 1,320 is a million spans. */
const size = Number(process.env['CQ_CLICKHOUSE_SIZE'] ?? 40)
const all = Object.keys(questions) as Question[]
const since = new Date(`${dateOf(0)}T00:00:00Z`)
/** After Friday of the last week. */
const until = new Date(`${dateOf(26)}T00:00:00Z`)

let clickhouse: Clickhouse
beforeAll(() => {
  clickhouse = startClickhouse()
  clickhouse.insert(generated(size, 20_261_103))
})
afterAll(() => clickhouse.close())

/** Of days and weeks the order is by tool first. */
const inOrder = (rows: readonly object[] | undefined): string[] =>
  (rows ?? []).map((row) => JSON.stringify(Object.entries(row).sort())).sort()

/** The columns that are in the truth. */
const answer = (question: Question, chosen = {}): object[] => {
  const rows = clickhouse.ask(question, { since, until, ...chosen })
  const columns = Object.keys(truthOf(size)[question]?.[0] ?? {})
  return rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name]])))
}

test.each(all)('%s is answered as the population is', (question) => {
  expect(inOrder(answer(question))).toEqual(inOrder(truthOf(size)[question]))
})

test('spans that pass the allow-list break no question, nor change the answers for another tool', () => {
  // What the exporter's column of times cannot hold is kept away by the collector.
  const hostile = fc
    .sample(hostileRun, 100)
    .map((run) => ({ ...run, spans: run.spans.filter(({ start }) => start < 2n ** 63n) }))
  clickhouse.insert(hostile)
  for (const question of all) {
    clickhouse.ask(question, { since: new Date('2020-01-01'), until: new Date('2027-01-01') })
    const own = truthOf(size)[question]?.filter(({ tool }) => tool === 'alpha')
    expect({ question, rows: inOrder(answer(question, { tool: 'alpha' })) }).toEqual({ question, rows: inOrder(own) })
  }
})
