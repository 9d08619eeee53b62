import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { answers } from '../../src/report/database.ts'
import { asPage } from '../../src/report/page.ts'
import { type Question, questions, sqlOf } from '../../src/report/questions.ts'
import { openFile, startBrowser } from '../support/browser.ts'
import { linesOf, population } from '../support/population.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { withTool } from '../support/tools.ts'

/** Counting, over runs of which the numbers are known: in DuckDB, in a warehouse as Rudder fills it, and on a page. */

let place: Place
let file: string
const batches = population()
beforeAll(() => {
  place = newPlace()
  file = join(place.cwd, 'spans.jsonl')
  // As a collector writes integers, and with what a kill leaves.
  const lines = linesOf(batches).replaceAll(/"intValue":(-?\d+)/g, '"intValue":"$1"')
  writeFileSync(file, `${lines}{"resourceSpans":[{"torn\n`)
})
afterAll(() => place.remove())

const objects = (columns: readonly string[], rows: readonly (readonly unknown[])[]) =>
  rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])))

describe('over the files of a collector', () => {
  let found: Record<Question, Record<string, unknown>[]>
  beforeAll(async () => {
    const all = await answers([file], () => undefined)
    found = Object.fromEntries(all.map(({ question, columns, rows }) => [question, objects(columns, rows)])) as never
  })

  test('users are told from invocations, and CI from both', () => {
    const row = (day: string, invocations: number, users: number, databases: number, ci: number, sources: number) => ({
      day,
      invocations,
      users,
      databases,
      ci_invocations: ci,
      ci_sources: sources,
    })
    expect(found['users-by-day']).toEqual([
      row('2026-11-02', 2, 1, 1, 0, 0),
      row('2026-11-03', 3, 1, 0, 2, 1),
      row('2026-11-09', 1, 1, 0, 0, 0),
      row('2026-11-10', 2, 1, 0, 1, 1),
    ])
    expect(found['users-by-week']).toEqual([
      { week: '2026-11-02', invocations: 5, users: 2, ci_invocations: 2, ci_sources: 1 },
      { week: '2026-11-09', invocations: 3, users: 2, ci_invocations: 1, ci_sources: 1 },
    ])
  })

  test('of two users of the first week one came back', () => {
    expect(found.retention).toEqual([
      { first_week: '2026-11-02', weeks_later: 0, users: 2 },
      { first_week: '2026-11-02', weeks_later: 1, users: 1 },
      { first_week: '2026-11-09', weeks_later: 0, users: 1 },
    ])
  })

  test('operations have their success and their quantiles', () => {
    expect(found.operations).toEqual([
      { operation: 'fetch', runs: 8, success_percent: 87.5, killed: 0, p50_ms: 450, p95_ms: 765 },
    ])
    expect(found.exits).toEqual([
      { exit_code: 0, error_class: '', error_type: '', runs: 7 },
      { exit_code: 1, error_class: 'internal', error_type: 'TypeError', runs: 1 },
    ])
  })

  test('resources are counted by the sums, each fetch alone', () => {
    const common = { provider: 'aws', errors: 0, p50_ms: 40, p95_ms: 40 }
    expect(found.resources).toEqual([
      { ...common, resource: 'ec2.instances', fetches: 16, items: 80 },
      { ...common, resource: 's3.buckets', fetches: 8, items: 8 },
    ])
  })

  test('versions and systems are counted by users', () => {
    expect(found.versions).toEqual([
      { version: '1.2.3', users: 2, invocations: 5, last_seen: '2026-11-03' },
      { version: '1.3.0', users: 2, invocations: 3, last_seen: '2026-11-10' },
    ])
    expect(found.systems).toEqual([{ os: 'linux', runtime: '', country: '', users: 3, invocations: 8 }])
  })

  test('what is missing and what was lost is said', () => {
    expect(found.completeness).toEqual([
      {
        runs: 8,
        incomplete_runs: 1,
        missing_spans: 1,
        lost_expired: 3,
        lost_overflow: 0,
        lost_rejected: 0,
        lost_unreadable: 0,
      },
    ])
    expect(found.crashes).toMatchObject([{ error_type: 'TypeError', operation: 'fetch', reports: 1, users: 1 }])
  })
})

/** As Rudder's warehouses have them: a table of each event, a column of each property. */
describe("over Rudder's tables", () => {
  let postgres: Postgres
  const columnsOf = (value: object, path = ''): [string, unknown][] =>
    Object.entries(value).flatMap(([key, below]): [string, unknown][] => {
      const name = path === '' ? key : `${path}_${key}`
      if (Array.isArray(below)) return [[name, JSON.stringify(below)]]
      return typeof below === 'object' && below !== null ? columnsOf(below as object, name) : [[name, below]]
    })
  const types: Record<string, string> = { number: 'double precision', boolean: 'boolean', string: 'text' }

  beforeAll(async () => {
    postgres = await startPostgres()
    const rows = batches
      .flatMap(({ resource, spans }) => spans.flatMap((span) => trackEvents(span, resource)))
      .map(({ event, messageId, originalTimestamp, properties }) => ({
        table: event.replaceAll(' ', '_'),
        columns: Object.fromEntries([
          ['id', messageId],
          ['timestamp', originalTimestamp],
          ...columnsOf(properties),
        ]),
      }))
    for (const table of ['fetch', 'policy_run', 'operation', 'run']) {
      const own = rows.filter((row) => row.table === table).map(({ columns }) => columns)
      const known = new Map<string, string>([
        ...['id', 'operation', 'cookie_id', 'cfghash', 'env_hostname'].map((name) => [name, 'text'] as const),
        ...[
          ['success', 'boolean'],
          ['duration_ms', 'double precision'],
        ].map(([name, type]) => [String(name), String(type)] as const),
        ...own.flatMap((columns) =>
          Object.entries(columns).map(([name, value]) => [name, types[typeof value] ?? 'text'] as const),
        ),
        ['timestamp', 'timestamptz'],
      ])
      await postgres.query(
        `CREATE TABLE "${table}" (${[...known].map(([name, type]) => `"${name}" ${type}`).join(', ')})`,
      )
      for (const columns of own) {
        const names = Object.keys(columns).map((name) => `"${name}"`)
        const values = Object.values(columns).map((value) =>
          typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value),
        )
        await postgres.query(`INSERT INTO "${table}" (${names.join(', ')}) VALUES (${values.join(', ')})`)
      }
    }
    await postgres.query("SET TIME ZONE 'UTC'")
  })
  afterAll(() => postgres.stop())

  const ask = async (name: string) => {
    const rows = await postgres.query(sqlOf('rudder', name))
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          value instanceof Date
            ? new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
            : /^\d+(?:\.\d+)?$/.test(String(value))
              ? Number(value)
              : value,
        ]),
      ),
    )
  }

  test('the numbers are the same', async () => {
    expect(await ask('users-by-week')).toEqual([
      { week: '2026-11-02', invocations: 5, users: 2, ci_invocations: 2, ci_sources: 1 },
      { week: '2026-11-09', invocations: 3, users: 2, ci_invocations: 1, ci_sources: 1 },
    ])
    expect(await ask('operations')).toEqual([
      { operation: 'fetch', runs: 8, success_percent: 87.5, p50_ms: 450, p95_ms: 765 },
    ])
    expect(await ask('resources')).toEqual([
      { provider: 'aws', resource: 'ec2.instances', fetches: 16, items: 80, errors: 0, p50_ms: 40 },
      { provider: 'aws', resource: 's3.buckets', fetches: 8, items: 8, errors: 0, p50_ms: 40 },
    ])
    expect(await ask('versions')).toEqual([
      { version: '1.2.3', users: 2, invocations: 5 },
      { version: '1.3.0', users: 2, invocations: 3 },
    ])
    expect(await ask('retention')).toEqual([
      { first_week: '2026-11-02', weeks_later: 0, users: 2 },
      { first_week: '2026-11-02', weeks_later: 1, users: 1 },
      { first_week: '2026-11-09', weeks_later: 0, users: 1 },
    ])
  })
})

describe('the command', () => {
  const main = new URL('../../dist/command/main.js', import.meta.url).pathname
  const report = (...args: string[]) => run(process.execPath, [main, 'report', ...args], place)

  test('prints a table for each question, without colours where there is no terminal, and writes the page', async () => {
    const { code, stdout, stderr } = await report(place.cwd, '--html', join(place.cwd, 'report.html'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: `report: written to ${join(place.cwd, 'report.html')}\n` })
    for (const title of Object.values(questions)) expect(stdout).toContain(title)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toMatch(/^2026-11-03 +3 +1 +0 +2 +1$/m)
    expect(readFileSync(join(place.cwd, 'report.html'), 'utf8')).toContain('<svg')
  })

  test('prints JSON', async () => {
    const { code, stdout } = await report(file, '--json')
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { question: string }[]).map(({ question }) => question)).toEqual(
      Object.keys(questions),
    )
  })

  test.each([
    ['a file that is not there', ['nowhere.jsonl'], /nowhere\.jsonl is not there/],
    ['a folder without files', ['empty'], /there is no file that ends in \.jsonl in empty/],
    ['a file of something else', ['other.jsonl'], /there is no run of a tool in these files/],
    ['no file', [], /missing required argument/],
    [
      'a page that cannot be written',
      ['spans.jsonl', '--html', '/nowhere/x.html'],
      /\/nowhere\/x\.html cannot be written \(ENOENT\)/,
    ],
  ])('says what is wrong with %s', async (_, args, says) => {
    mkdirSync(join(place.cwd, 'empty'), { recursive: true })
    writeFileSync(join(place.cwd, 'other.jsonl'), '{"a":1}\nno JSON\n')
    const { code, stderr } = await report(...args)
    expect(code).toBe(args.length === 0 ? 2 : 1)
    expect(stderr).toMatch(says)
  })
})

withTool('chromium', describe)('the page, in a browser', () => {
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'

  test.each(['light', 'dark'] as const)(
    'shows its charts in %s, asks nobody, and runs nothing',
    async (colorScheme) => {
      const all = await answers([file], () => undefined)
      const page = asPage(
        all.map((answer) =>
          answer.question === 'versions' ? { ...answer, rows: [[hostile, 1, 1, hostile]] } : answer,
        ),
        new Date(0),
      )
      const path = join(place.cwd, 'page.html')
      writeFileSync(path, page)
      const browser = await startBrowser()
      try {
        const { tab, said, asked } = await openFile(browser, path, colorScheme)
        expect(await tab.title()).toBe('Usage report')
        expect(said).toEqual([])
        expect(asked).toEqual([pathToFileURL(path).href])
        expect(await tab.locator('#versions table').innerText()).toContain('<script>')
        const charts = tab.locator('figure svg')
        expect(await charts.count()).toBe(6)
        for (const chart of await charts.all()) {
          const box = await chart.boundingBox()
          expect(box?.width).toBeGreaterThan(500)
          expect(box?.height).toBeGreaterThan(100)
        }
        const picture = await tab.screenshot({ fullPage: true })
        expect(picture.length).toBeGreaterThan(20_000)
        if (process.env['CQ_SCREENSHOTS'])
          writeFileSync(join(process.env['CQ_SCREENSHOTS'], `report-${colorScheme}.png`), picture)
      } finally {
        await browser.close()
      }
      expect(existsSync(path)).toBe(true)
    },
  )
})
