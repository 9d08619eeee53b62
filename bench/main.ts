import { writeFileSync } from 'node:fs'
import { arch, cpus, platform, release } from 'node:os'
import { parseArgs, styleText } from 'node:util'
import { type Row, rowsOf } from './statistics.ts'
import type { Round, Suite } from './suite.ts'
import { child } from './suites/child.ts'
import { drain } from './suites/drain.ts'
import { exit } from './suites/exit.ts'
import { bridgeSuite, collectorSuite } from './suites/forwarding.ts'
import { spans } from './suites/spans.ts'
import { startup } from './suites/startup.ts'
import { wire } from './suites/wire.ts'

/** `npm run bench`: each suite in fresh processes, its subjects interleaved and in alternating order. */

const suites: readonly Suite[] = [startup, exit, spans, wire, drain, child, bridgeSuite, collectorSuite]

const usage = `Usage: npm run bench -- [--only SUITE[,SUITE] [--case CASE]] [--rounds N] [--json FILE] [--markdown]

Suites:
${suites.map(({ name, about, cases }) => `  ${name.padEnd(8)} ${about}\n${' '.repeat(11)}cases: ${cases.join(', ')}`).join('\n')}

  --only SUITE   these suites alone
  --case CASE    this case of them alone
  --rounds N     samples of each subject in each case, default 15
  --json FILE    write the table and the raw rounds
  --markdown     print the table as in docs/benchmarks.md`

const options = () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      case: { type: 'string' },
      rounds: { type: 'string', default: '15' },
      json: { type: 'string' },
      markdown: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a positive integer')
  const only = values.only?.split(',')
  if (only?.some((each) => !suites.some(({ name }) => name === each))) {
    throw new Error(`--only must be one of ${suites.map(({ name }) => name).join(', ')}, or several with commas`)
  }
  const cases = suites.filter(({ name }) => only?.includes(name)).flatMap((suite) => suite.cases)
  if (values.case !== undefined && !cases.includes(values.case)) {
    throw new Error(`--case must be one of ${cases.join(', ') || 'the cases of the suite that --only names'}`)
  }
  return { ...values, only, rounds }
}

const machine = () => ({
  node: process.version,
  platform: `${platform()} ${release()} ${arch()}`,
  processor: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  date: new Date().toISOString(),
})

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1))

const head = ['suite', 'case', 'subject', 'metric', 'n', 'median', 'interval']

const cellsOf = (row: Row): string[] => [
  row.suite,
  row.case,
  row.subject,
  row.metric,
  String(row.n),
  `${row.censored ? '> ' : ''}${round(row.median)} ${row.unit}`,
  `${round(row.low)} to ${round(row.high)}`,
]

const print = (rows: readonly Row[]): void => {
  const cells = rows.map(cellsOf)
  const widths = head.map((text, index) => Math.max(text.length, ...cells.map((line) => (line[index] ?? '').length)))
  const line = (each: readonly string[]) => each.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ')
  console.log(process.stdout.isTTY ? styleText('bold', line(head)) : line(head))
  for (const each of cells) console.log(line(each))
}

const printMarkdown = (rows: readonly Row[]): void => {
  const lines = [head, head.map(() => '---'), ...rows.map(cellsOf)]
  for (const cells of lines) console.log(`| ${cells.join(' | ')} |`)
}

const main = async (): Promise<void> => {
  const { only, case: onlyCase, rounds, json, markdown, help } = options()
  if (help) return console.log(usage)
  const raw: Round[] = []
  const progress = (text: string) => process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`)
  for (const suite of suites)
    if (only === undefined || only.includes(suite.name))
      raw.push(...(await suite.run({ rounds, only: onlyCase, progress })))
  if (process.stderr.isTTY) progress('')
  const rows = rowsOf(raw)
  console.log(
    Object.entries(machine())
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  )
  if (markdown) printMarkdown(rows)
  else print(rows)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine: machine(), rows, rounds: raw }, null, 1)}\n`)
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}\n\n${usage}`)
  process.exitCode = 1
}
