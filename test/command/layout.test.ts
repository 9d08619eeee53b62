import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { layOut } from '../../src/command/layout.ts'
import { when } from '../../src/command/when.ts'
import { linesOf, population } from '../support/population.ts'
import { newPlace, run, runFixture } from '../support/program.ts'
import { sawNotice } from '../support/spool.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'
import { withinOneDay } from '../support/one-day.ts'

/** What the commands print fits the terminal, and is written in one way. */

const place = newPlace()
afterAll(() => place.remove())

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const widths = [40, 60, 80, 120]

const commands = [
  '',
  'status',
  'enable',
  'disable',
  'id',
  'view',
  'spool',
  'spool list',
  'spool clear',
  'flush',
  'doctor',
  'exec',
  'bridge',
  'collector',
  'report',
  'symbolicate',
  'init',
  'completion',
]

/** What a command shows only while it works. */
// oxlint-disable-next-line no-control-regex
const withoutBusy = (text: string): string => text.replaceAll(/\u001b\[K(?:[^\n\u001b]*…)?/g, '')

const ours = shellWords(process.execPath, [main])

/** The lines of a shell's line on a terminal of each width, and in a pipe, from one shell. */
const shownBy = async (line: string): Promise<ReadonlyMap<number, readonly string[]>> => {
  const mark = '=== next'
  const script = widths.map((width) => `stty cols ${width} rows 50; ${line} 2>&1; echo '${mark}'`).join('; ')
  const { stdout } = await onTerminal(`bash -c ${shellWords(script, [])}`, place, { NO_COLOR: '1' })
  const parts = [
    ...withoutBusy(stdout.replaceAll('\r', '')).split(`${mark}\n`).slice(0, widths.length),
    (await run('bash', ['-c', `${line} 2>&1`], place)).stdout,
  ]
  return new Map([...widths, Infinity].map((width, at) => [width, (parts[at] ?? '').split('\n')]))
}

const wordsOf = (lines: readonly string[] = []): string[] =>
  lines.flatMap((line) => line.replace(/ \\$/, '').split(' ')).filter((word) => word !== '')

/** No line is wider than the terminal but for a single word, and the words are those of a pipe: in the same order, or in tables. */
const expectWholeWords = (shown: ReadonlyMap<number, readonly string[]>, order: 'same' | 'tables' = 'same'): void => {
  const found = (lines: readonly string[] = []) =>
    order === 'same' ? wordsOf(lines) : [...new Set(wordsOf(lines))].sort()
  const whole = found(shown.get(Infinity))
  expect(whole.length).toBeGreaterThan(0)
  for (const width of widths) {
    const lines = shown.get(width) ?? []
    expect(found(lines)).toEqual(whole)
    for (const line of lines)
      expect(Array.from(line).length <= width || wordsOf([line]).length === 1, `${width}: ${line}`).toBe(true)
  }
}

withinOneDay()

describe.each(commands)('the help of "%s"', (command) => {
  let shown: ReadonlyMap<number, readonly string[]>
  beforeAll(async () => {
    shown = await shownBy(`${ours} ${command} --help`)
  })

  test('breaks no word at 40, 60, 80 and 120 columns', () => expectWholeWords(shown))

  test('says what the command is for and gives an example', () => {
    const text = (shown.get(Infinity) ?? []).join('\n')
    expect(text).toMatch(/^Usage: .*\n\n[A-Z].{10,}[^.]\n/)
    expect(text).toMatch(/\nExamples?:\n {2}\$ /)
  })

  test('begins each description with a capital and ends it without a full stop', () => {
    const lines = shown.get(Infinity) ?? []
    // What a command adds below its options is prose.
    const end = lines.findIndex((line) => line.startsWith('Global Options:'))
    const items = lines
      .slice(0, end < 0 ? undefined : end)
      .flatMap((line) => /^ {2}(?:-|[a-z]).*? {2,}(\S.*)$/.exec(line)?.[1] ?? [])
    for (const item of items) expect(item).toMatch(/^[^a-z].*[^.]$/)
  })
})

describe('the output of a command', () => {
  beforeAll(async () => {
    sawNotice(place)
    writeFileSync(join(place.cwd, 'spans.jsonl'), linesOf(population()))
    writeFileSync(join(place.cwd, 'empty.jsonl'), '{}\n')
    await runFixture('fetch.mjs', place, { RUDDER_URL: 'http://127.0.0.1:9', DELIVERY: 'manual' })
  })

  test.each([
    'status',
    'doctor',
    'id',
    'spool list',
    'view nowhere.log',
    'flush --otlp-endpoint x',
    'stauts',
    'exec --operation x',
    'status --wrong',
    'symbolicate spans.jsonl',
    'symbolicate spans.jsonl --fingerprint zzz',
    'symbolicate empty.jsonl',
    'report nowhere',
    'report empty.jsonl --tool mytool --since 2026-11-01',
    'report spans.jsonl --public --month 2027-01',
    'bridge',
    'collector nope',
    'collector dev --with geo',
  ])('breaks no word: %s', async (command) => {
    expectWholeWords(await shownBy(`${ours} ${command}`))
  })
})

test('the output of "init" breaks no word', async () => {
  mkdirSync(join(place.cwd, 'tool'))
  writeFileSync(join(place.cwd, 'tool/package.json'), JSON.stringify({ name: 'tool', bin: 'cli.js' }))
  expectWholeWords(await shownBy(`${ours} init tool --force`))
})

describe('the output of a tool', () => {
  const fetching = shellWords(process.execPath, [new URL('../fixtures/fetch.mjs', import.meta.url).pathname])
  /** As in CI, where each run shows the notice. */
  const inCi = `CI=1 RUDDER_URL=http://127.0.0.1:9 DELIVERY=manual ${fetching}`

  test.each([
    ['in its notice', inCi],
    ['under debug', `CQ_DEBUG_TELEMETRY=1 ${inCi}`],
    ['when it is off', `${fetching} --no-telemetry --debug-telemetry`],
    ['when there is nothing to inspect', `DO_NOT_TRACK=1 ${fetching} --inspect-telemetry`],
  ])('%s breaks no word', async (_, line) => {
    expectWholeWords(await shownBy(line))
  })
})

test('the tables of "report" fit the terminal', async () => {
  expectWholeWords(await shownBy(`${ours} report spans.jsonl`), 'tables')
})

test('"view" ends in the same way without data and with a missing file', async () => {
  const empty = newPlace()
  try {
    const ends = await Promise.all(
      [[], ['--spool'], ['nowhere.log'], ['--html', 'x.html']].map((args) =>
        run(process.execPath, [main, 'view', ...args], empty),
      ),
    )
    for (const { code, stdout, stderr } of ends) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^cq-telemetry: .+\n$/)
    }
  } finally {
    empty.remove()
  }
})

test.each<[readonly string[], NodeJS.ProcessEnv, string]>([
  [['--inspect-telemetry', '--no-telemetry'], {}, '--no-telemetry'],
  [['--inspect-telemetry'], { DO_NOT_TRACK: '1' }, 'DO_NOT_TRACK'],
  [['--inspect-telemetry', '--no-telemetry'], { CQ_INSPECT_TELEMETRY: '1' }, '--no-telemetry'],
])('%j with %j says that there is nothing to inspect, and why', async (args, env, rule) => {
  const ended = await runFixture('fetch.mjs', place, env, args)
  expect(ended).toMatchObject({ code: 0, stdout: 'enabled false\n' })
  expect(ended.stderr).toBe(`Telemetry is off (${rule}): nothing to show.\n`)
})

describe('dates', () => {
  const now = new Date(2026, 10, 26, 14, 30)
  test.each([
    [new Date(2026, 10, 26, 14, 3), 'today 14:03'],
    [new Date(2026, 10, 26, 0, 0), 'today 00:00'],
    [new Date(2026, 10, 26, 23, 59), 'today 23:59'],
    [new Date(2026, 10, 25, 23, 59), 'yesterday 23:59'],
    [new Date(2026, 10, 27, 9, 5), 'tomorrow 09:05'],
    [new Date(2026, 10, 24, 0, 1), '2 days ago'],
    [new Date(2026, 10, 23, 23, 0), '3 days ago'],
    [new Date(2026, 10, 29, 1, 0), 'in 3 days'],
    [new Date(2026, 9, 26, 12, 0), '26 Oct 2026'],
    [new Date(2025, 0, 1), '1 Jan 2025'],
    [new Date(NaN), 'at an unknown time'],
  ])('%s is said as %s', (date, text) => {
    expect(when(date, now)).toBe(text)
  })

  test('are exact in JSON', async () => {
    const { stdout } = await run(process.execPath, [main, 'spool', 'list', '--json'], place)
    for (const { begun } of JSON.parse(stdout) as { begun: string }[]) expect(begun).toMatch(/^\d{4}-.*Z$/)
  })
})

test.each([
  [
    '  --option <value>    what the option is for, at some length',
    46,
    '  --option <value>    what the option is for,\n                      at some length',
  ],
  ['  --option <value>    what the option is for', 40, '  --option <value>\n      what the option is for'],
  ['  $ tool command --option value', 24, '  $ tool command \\\n      --option value'],
  ['word '.repeat(12).trim(), 20, 'word word word word\nword word word word\nword word word word'],
])('%s is laid out for %i columns', (line, width, shown) => {
  expect(layOut(line, width)).toBe(shown)
})
