import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers } from '../../src/report/database.ts'
import { asPage } from '../../src/report/page.ts'
import { type Question, questions } from '../../src/report/questions.ts'
import { openFile, startBrowser } from '../support/browser.ts'
import { linesOf, population } from '../support/population.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { newPlace, type Place, run } from '../support/program.ts'
import { objectsOf } from '../support/rows.ts'
import { withTool } from '../support/tools.ts'
import { askWarehouse, fillWarehouse, warehouseQuestions } from '../support/warehouse.ts'

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

let found: Record<Question, Record<string, unknown>[]>
beforeAll(async () => {
  const all = await answers([file], () => undefined)
  found = Object.fromEntries(all.map((answer) => [answer.question, objectsOf(answer)])) as never
})

describe('the answers from the files of a collector', () => {
  test('users, invocations and CI are counted apart', () => {
    const row = (counts: Record<string, string | number>) => ({ ...nothing, tool: 'mytool', ...counts })
    const nothing = {
      invocations: 0,
      users: 0,
      returning_users: 0,
      ids_seen_once: 0,
      machines: 0,
      databases: 0,
      ci_invocations: 0,
      ci_sources: 0,
    }
    expect(found['users-by-day']).toEqual([
      row({ day: '2026-11-02', invocations: 2, users: 1, returning_users: 1, databases: 1 }),
      row({ day: '2026-11-03', invocations: 3, users: 1, returning_users: 1, ci_invocations: 2, ci_sources: 1 }),
      ...['2026-11-04', '2026-11-05', '2026-11-06', '2026-11-07', '2026-11-08'].map((day) => row({ day })),
      row({ day: '2026-11-09', invocations: 1, users: 1, returning_users: 1 }),
      row({ day: '2026-11-10', invocations: 2, users: 1, returning_users: 1, ci_invocations: 1, ci_sources: 1 }),
    ])
    const { databases: _, ...ofWeek } = row({ users: 2, returning_users: 2, ci_sources: 1 })
    expect(found['users-by-week']).toEqual([
      { ...ofWeek, week: '2026-11-02', invocations: 5, ci_invocations: 2 },
      { ...ofWeek, week: '2026-11-09', invocations: 3, ci_invocations: 1 },
    ])
  })

  test('one of two users of the first week came back', () => {
    expect(found.retention).toEqual([
      { tool: 'mytool', first_week: '2026-11-02', weeks_later: 0, cohort: 2, users: 2, percent: 100 },
      { tool: 'mytool', first_week: '2026-11-02', weeks_later: 1, cohort: 2, users: 1, percent: 50 },
      { tool: 'mytool', first_week: '2026-11-09', weeks_later: 0, cohort: 1, users: 1, percent: 100 },
    ])
  })

  test('operations have their success and their quantiles', () => {
    expect(found.operations).toEqual([
      { tool: 'mytool', operation: 'fetch', runs: 8, success_percent: 87.5, killed: 0, p50_ms: 450, p95_ms: 765 },
    ])
    expect(found.exits).toEqual([
      { tool: 'mytool', exit_code: 0, error_class: '', error_type: '', runs: 7 },
      { tool: 'mytool', exit_code: 1, error_class: 'internal', error_type: 'TypeError', runs: 1 },
    ])
  })

  test('resources are counted by the sums of each fetch', () => {
    const common = { tool: 'mytool', provider: 'aws', errors: 0, p50_ms: 40, p95_ms: 40 }
    expect(found.resources).toEqual([
      { ...common, resource: 'ec2.instances', fetches: 16, items: 80 },
      { ...common, resource: 's3.buckets', fetches: 8, items: 8 },
    ])
  })

  test('versions and systems are counted by users', () => {
    expect(found.versions).toEqual([
      { tool: 'mytool', version: '1.2.3', users: 2, invocations: 5, last_seen: '2026-11-03' },
      { tool: 'mytool', version: '1.3.0', users: 2, invocations: 3, last_seen: '2026-11-10' },
    ])
    expect(found.systems).toEqual([{ tool: 'mytool', os: 'linux', runtime: '', country: '', users: 3, invocations: 8 }])
  })

  test('incomplete runs and losses are shown', () => {
    expect(found.completeness).toEqual([
      {
        tool: 'mytool',
        runs: 8,
        incomplete_runs: 1,
        missing_spans: 1,
        lost_expired: 3,
        lost_overflow: 0,
        lost_rejected: 0,
        lost_unreadable: 0,
        wrong_clock: 0,
      },
    ])
    expect(found.crashes).toMatchObject([{ error_type: 'TypeError', operation: 'fetch', reports: 1, users: 1 }])
  })
})

describe("the answers from RudderStack's tables", () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
    await fillWarehouse(postgres, batches)
  })
  afterAll(() => postgres.stop())

  test.each(warehouseQuestions)('%s has the same numbers as the files', async (question) => {
    const rows = await askWarehouse(postgres, question)
    expect(rows).not.toEqual([])
    // The warehouse has no operations that were killed as a column, and no databases.
    expect(found[question].map((row, index) => ({ ...row, ...rows[index] }))).toEqual(found[question])
    expect(rows.length).toBe(found[question].length)
  })
})

describe('the command', () => {
  const main = new URL('../../dist/command/main.js', import.meta.url).pathname
  const report = (...args: string[]) => run(process.execPath, [main, 'report', ...args], place)

  test('prints a table for each question, without colours outside of a terminal, and writes the page', async () => {
    const { code, stdout, stderr } = await report(place.cwd, '--html', join(place.cwd, 'report.html'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: `report: written to ${join(place.cwd, 'report.html')}\n` })
    for (const title of Object.values(questions)) expect(stdout).toContain(title)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toMatch(/^2026-11-03 +mytool +3 +1 +1 +0 +0 +0 +2 +1$/m)
    expect(readFileSync(join(place.cwd, 'report.html'), 'utf8')).toContain('<svg')
  })

  test('prints JSON', async () => {
    const { code, stdout } = await report(file, '--json')
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as { question: string }[]).map(({ question }) => question)).toEqual(
      Object.keys(questions),
    )
  })

  test.each<[string[], number]>([
    [['--tool', 'mytool'], 8],
    [['--since', '2026-11-09'], 3],
    [['--until', '2026-11-03'], 5],
    [['--since', '2026-11-03', '--until', '2026-11-09'], 4],
    [['--since', '1970-01-01', '--until', '9999-12-31'], 8],
  ])('with %j counts %i invocations', async (args, invocations) => {
    const { code, stdout } = await report(file, '--json', ...args)
    expect(code).toBe(0)
    const [byDay] = JSON.parse(stdout) as [Parameters<typeof objectsOf>[0]]
    expect(objectsOf(byDay).reduce((sum, row) => sum + Number(row['invocations']), 0)).toBe(invocations)
  })

  test.each([
    [['--tool', 'other'], 1, 'there is no run of other in these files'],
    [['--since', '2026-12-01'], 1, 'there is no run of a tool in these files in this time'],
    [['--tool', 'My Tool'], 2, '--tool must be the name of a tool'],
    [['--since', 'yesterday'], 2, '--since must be a day such as 2026-11-30'],
    [['--since', '2026-02-30'], 2, '--since must be a day such as 2026-11-30'],
    [['--until', '2026-1-1'], 2, '--until must be a day such as 2026-11-30'],
  ])('with %j ends with code %i and says "%s"', async (args, code, says) => {
    const ended = await report(file, ...args)
    expect(ended.stderr).toContain(says)
    expect(ended.code).toBe(code)
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
    'shows its charts in %s, makes no request, and runs no script',
    async (colorScheme) => {
      const all = await answers([file], () => undefined)
      const page = asPage(
        all.map((answer) =>
          answer.question === 'versions' ? { ...answer, rows: [['mytool', hostile, 1, 1, hostile]] } : answer,
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
