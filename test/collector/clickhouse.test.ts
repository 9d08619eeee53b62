import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clickhouse, startClickhouse } from '../clickhouse/session.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { configArguments } from '../../src/collector/pipelines.ts'
import { collectorBinary, until as becomes } from '../support/collector.ts'
import { measured } from '../support/dashboards/alerts.ts'
import { dateOf, generated } from '../support/generated.ts'
import { truthOf } from '../support/generated-truth.ts'
import { hostileRun } from '../support/hostile-spans.ts'
import { newPlace, start } from '../support/program.ts'
import { oneCase } from '../support/property.ts'
import { withIntervals } from '../support/left-out.ts'
import { sampled, samplingError } from '../support/sampled.ts'
import { startReceiver } from '../support/receiver.ts'
import { batches, expectedRetention, expectedUsers } from '../support/without-ids.ts'

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
  // The first time, the database is downloaded.
}, 1_200_000)
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

test.each(all)('%s has the answer of the population', (question) => {
  expect(inOrder(answer(question))).toEqual(inOrder(truthOf(size)[question]))
})

/** As Grafana's plugin of ClickHouse replaces its macros, and Grafana its variable. */
const expanded = (sql: string, from: Date, to: Date, tool = 'alpha'): string =>
  sql
    .replaceAll('$__fromTime', `toDateTime(${from.getTime() / 1000})`)
    .replaceAll('$__toTime', `toDateTime(${to.getTime() / 1000})`)
    .replaceAll('${tool:singlequote}', `'${tool}'`)

interface Panel {
  readonly title: string
  readonly panels?: readonly Panel[]
  readonly targets?: readonly { readonly rawSql: string; readonly format: number }[]
}
const dashboard = JSON.parse(
  readFileSync(new URL('../../collector-config/dashboards/product.json', import.meta.url), 'utf8'),
) as { panels: readonly Panel[]; templating: { list: readonly { name: string; query: string }[] } }
const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter(({ targets }) => targets)

test('each question has a panel', () => {
  expect(panels.map(({ title }) => title)).toEqual(
    expect.arrayContaining(
      all.filter((question) => question !== 'users-by-day').map((question) => questions[question]),
    ),
  )
})

test.each(panels)('the panel "$title" shows only rows of its tool', ({ title, targets = [] }) => {
  // The population has marks of the other tool.
  const tool = title.includes('without ids') ? 'beta' : 'alpha'
  for (const { rawSql, format } of targets) {
    const rows = clickhouse.query(expanded(rawSql, since, until, tool))
    expect(rows.length).toBeGreaterThan(0)
    if (format === 1) expect(new Set(rows.map((row) => row['tool']))).toEqual(new Set([tool]))
    else expect(rows.map(({ time }) => String(time).slice(0, 10))).toEqual([...Array(26).keys()].map(dateOf))
  }
})

test('the variable of the dashboard lists the tools', () => {
  const { query = '' } = dashboard.templating.list.find(({ name }) => name === 'tool') ?? {}
  expect(clickhouse.query(query)).toEqual([{ ServiceName: 'alpha' }, { ServiceName: 'beta' }])
})

test('an alert rule measures losses, and another users against invocations', () => {
  const [losses = '', users = ''] = measured.map(({ sql }) => sql)
  const [{ runs }] = truthOf(size)['completeness'] as unknown as [{ runs: number }]
  expect(clickhouse.query(expanded(losses, since, until))).toEqual([
    { tool: 'alpha', percent: (100 * 4 * size) / runs },
    { tool: 'beta', percent: 0 },
  ])
  // A week before the end is Saturday: the last week against the three before it.
  const [fourth, ...others] = [3, 0, 1, 2].map((week) => {
    const byDay = truthOf(size)['users-by-day'] ?? []
    const days = byDay.slice(14 * week, 14 * week + 14).filter(({ tool }) => tool === 'alpha')
    const sum = (name: string): number => days.reduce((total, row) => total + Number(row[name]), 0)
    return { users: sum('users'), runs: sum('invocations') - sum('ci_invocations') }
  }) as [{ users: number; runs: number }]
  const before = others as { users: number; runs: number }[]
  const ratio = (rows: readonly { users: number; runs: number }[]): number =>
    rows.reduce((total, row) => total + row.users, 0) / rows.reduce((total, row) => total + row.runs, 0)
  const [alpha] = clickhouse.query(expanded(users, since, until))
  expect(alpha).toEqual({
    tool: 'alpha',
    percent: expect.closeTo((100 * ratio([fourth])) / ratio(before), 6) as number,
  })
})

test('spans that pass the allow-list break no question, and do not change the answers for another tool', () =>
  oneCase(hostileRun, 12, async (hostile) => {
    // What the exporter's column of times cannot hold is kept away by the collector. Each day is a partition.
    clickhouse.insert(hostile.map((run) => ({ ...run, spans: run.spans.filter(({ start }) => start < 2n ** 63n) })))
    for (const question of all) {
      const rows = clickhouse.ask(question, { since: new Date('2025-01-01'), until: new Date('2027-01-01') })
      const own = truthOf(size)[question]?.filter(({ tool }) => tool === 'alpha')
      expect({ question, rows: inOrder(answer(question, { tool: 'alpha' })) }).toEqual({ question, rows: inOrder(own) })
      expect(rows.length).toBeGreaterThanOrEqual(own?.length ?? 0)
    }
  }))

test('tools without ids are counted by the marks of their runs', () => {
  const nanoseconds = ([seconds]: readonly [number, number]) => BigInt(seconds) * 1_000_000_000n
  clickhouse.insert(
    batches.map(({ resource, spans }) => ({
      resource: resource.attributes,
      spans: spans.map(({ traceId, spanId, name, startTime, endTime, attributes }) => ({
        traceId,
        spanId,
        parentSpanId: '',
        name,
        attributes,
        start: nanoseconds(startTime),
        end: nanoseconds(endTime),
      })),
    })),
  )
  const chosen = { tool: 'mytool', since: new Date('2026-11-01'), until: new Date('2026-11-18') }
  expect(inOrder(clickhouse.ask('users-without-ids', chosen))).toEqual(inOrder(expectedUsers))
  expect(inOrder(clickhouse.ask('retention-without-ids', chosen))).toEqual(inOrder(expectedRetention))
})

test('a tool that samples has the same answers as one that does not, and its operations are counted by weight', () => {
  const rate = 300_000
  clickhouse.insert(sampled(generated(size, 7), rate, (name) => `sampled-${name}`))
  const whole = (question: Question): object[] =>
    answer(question, { tool: 'sampled-alpha' }).map((row) => ({ ...row, tool: 'alpha' }))
  const truth = (question: Question) => truthOf(size)[question]?.filter(({ tool }) => tool === 'alpha') ?? []
  for (const question of ['users-by-day', 'users-by-week', 'retention', 'versions', 'exits', 'crashes'] as const)
    expect({ question, rows: inOrder(whole(question)) }).toEqual({ question, rows: inOrder(truth(question)) })
  const [found] = whole('operations') as { runs: number; killed: number }[]
  const [{ runs, killed }] = truth('operations') as unknown as [{ runs: number; killed: number }]
  expect(Math.abs((found?.runs ?? 0) - runs)).toBeLessThan(samplingError(runs, rate))
  expect(Math.abs((found?.killed ?? 0) - killed)).toBeLessThan(samplingError(killed, rate))
  const items = (rows: readonly object[]) => rows.reduce((sum, row) => sum + (row as { items: number }).items, 0)
  expect(Math.abs(items(whole('resources')) - items(truth('resources')))).toBeLessThan(11 * samplingError(runs, rate))
})

test('of a tool that records its operations once a day, those that were left out are counted', () => {
  const { runs, uncounted } = withIntervals(generated(size, 8), 86_400, (name) => `repeated-${name}`)
  clickhouse.insert(runs)
  const found = (question: Question): object[] =>
    answer(question, { tool: 'repeated-alpha' }).map((row) => ({ ...row, tool: 'alpha' }))
  const truth = (question: Question) => truthOf(size)[question]?.filter(({ tool }) => tool === 'alpha') ?? []
  const sum = (rows: readonly object[], name: string) =>
    rows.reduce((total: number, row) => total + Number((row as Record<string, unknown>)[name]), 0)
  const users = (rows: readonly object[]) => rows.map((row) => ({ ...row, invocations: 0 }))
  for (const question of ['retention', 'crashes'] as const)
    expect({ question, rows: inOrder(found(question)) }).toEqual({ question, rows: inOrder(truth(question)) })
  for (const question of ['users-by-day', 'users-by-week', 'versions', 'systems'] as const) {
    expect(inOrder(users(found(question))), question).toEqual(inOrder(users(truth(question))))
    const whole = sum(truth(question), 'invocations')
    expect(sum(found(question), 'invocations'), question).toBe(whole - uncounted('repeated-alpha'))
  }
  const expected = truth('exits').map((row) =>
    row['exit_code'] === 0 ? { ...row, runs: Number(row['runs']) - uncounted('repeated-alpha') } : row,
  )
  expect(inOrder(found('exits'))).toEqual(inOrder(expected))
  const [operation] = truth('operations')
  const counted = Number(operation?.['runs']) - uncounted('repeated-alpha', 'fetch')
  const failed = Number(truth('exits').find(({ exit_code }) => exit_code === 1)?.['runs'])
  const success_percent = Math.round((1000 * (counted - failed)) / counted) / 10
  expect(found('operations')).toMatchObject([{ runs: counted, killed: operation?.['killed'], success_percent }])
})

/** What the collector's exporter sets in the session: over HTTP the settings are in the URL. */
const exporterSettings = async (): Promise<URLSearchParams> => {
  const server = await startReceiver()
  const place = newPlace()
  const env = { CQ_CLICKHOUSE: server.url, CQ_SPOOL: place.home, CQ_DATA: place.home, CQ_METRICS: '0' }
  const running = start(collectorBinary(), configArguments('spool', ['clickhouse']), place, env)
  try {
    await becomes('a request of the exporter', () => server.requests.length > 0)
    return new URL(String(server.requests[0]?.path), server.url).searchParams
  } finally {
    running.kill('SIGKILL')
    await running.ended
    await server.close()
    place.remove()
  }
}

test('an insert of 150 days, which ClickHouse refuses by default, succeeds with the settings of the exporter', async () => {
  const setting = 'max_partitions_per_insert_block'
  const value = (await exporterSettings()).get(setting)
  clickhouse.query('CREATE TABLE of_150_days AS otel_traces')
  const insert = (settings: string): void => {
    const days = 'SELECT now() - INTERVAL number DAY FROM numbers(150)'
    clickhouse.query(`INSERT INTO of_150_days (Timestamp) ${settings} ${days}`)
  }
  expect(() => insert('')).toThrow(/TOO_MANY_PARTS/)
  insert(`SETTINGS ${setting} = ${value}`)
  expect(clickhouse.query('SELECT uniqExact(toDate(Timestamp)) AS days FROM of_150_days')).toEqual([{ days: 150 }])
})
