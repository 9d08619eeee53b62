import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { writeDocument } from './document.ts'
import { keepResults, machine, type Result, versions } from './results.ts'
import { compare, type Row, rowsOf } from './statistics.ts'
import type { RunOptions, Suite } from './suite.ts'
import { attacksSuite } from './suites/attacks.ts'
import { child } from './suites/child.ts'
import { drain } from './suites/drain.ts'
import { exit } from './suites/exit.ts'
import { bridgeSuite, collectorSuite } from './suites/forwarding.ts'
import { offSuite } from './suites/off.ts'
import { spans } from './suites/spans.ts'
import { startup } from './suites/startup.ts'
import { wire } from './suites/wire.ts'
import { judge } from './targets.ts'

/** `npm run bench`: each suite in fresh processes, its subjects interleaved and in alternating order. */

const suites: readonly Suite[] = [
  offSuite,
  startup,
  exit,
  spans,
  wire,
  drain,
  child,
  bridgeSuite,
  collectorSuite,
  attacksSuite,
]

const usage = `Usage: npm run bench -- [--only SUITE[,SUITE] [--case CASE]] [--rounds N] [--json FILE]
       npm run bench -- --document FILE

Suites:
${suites.map(({ name, about, cases }) => `  ${name.padEnd(9)} ${about}\n${' '.repeat(12)}cases: ${cases.map((each) => `"${each}"`).join(' ')}`).join('\n')}

  --only SUITE     these suites alone
  --case CASE      this case of them alone
  --rounds N       samples of each subject in each case, default 15; the slowest cases take fewer, "off" takes more
  --json FILE      keep the rows with their samples in FILE; suites that are not run keep theirs
  --document FILE  run nothing, and write docs/benchmarks.md and its plots from FILE

The first run installs the peers. "bridge" and "collector" need a collector (Go, or OTELCOL_BIN) and taskset.
Exit codes: 0 done, 1 it failed, 2 wrong usage`

class UsageError extends Error {}

const parsed = () => {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        case: { type: 'string' },
        rounds: { type: 'string', default: '15' },
        json: { type: 'string' },
        document: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const options = () => {
  const values = parsed()
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds must be a positive integer')
  const names = values.only?.split(',')
  const unknown = names?.find((each) => !suites.some(({ name }) => name === each))
  if (unknown !== undefined)
    throw new UsageError(`--only "${unknown}" is no suite; they are ${suites.map(({ name }) => name).join(', ')}`)
  const chosen = suites.filter(({ name }) => names?.includes(name) ?? true)
  const cases = names ? chosen.flatMap((suite) => suite.cases) : []
  if (values.case !== undefined && names === undefined) throw new UsageError('--case needs --only')
  if (values.case !== undefined && !cases.includes(values.case))
    throw new UsageError(`--case must be one of ${cases.map((each) => `"${each}"`).join(' ')}`)
  if (values.json !== undefined && !existsSync(dirname(values.json)))
    throw new UsageError(`--json: there is no directory ${dirname(values.json)}`)
  if (values.document !== undefined && !existsSync(values.document))
    throw new UsageError(`--document: there is no file ${values.document}`)
  return { ...values, rounds, chosen }
}

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1))

const head = ['case', 'subject', 'metric', 'n', 'median', '95 % interval', 'cq-telemetry is']

/** Against the first of our own subjects in the same case, and only where the intervals do not overlap. */
const verdictOn = (row: Row, rows: readonly Row[]): string => {
  if (row.subject.startsWith('cq-telemetry')) return ''
  const ours = rows.find(
    (each) => each.case === row.case && each.metric === row.metric && each.subject.startsWith('cq-telemetry'),
  )
  return ours ? compare(ours, row) : ''
}

const print = (name: string, rows: readonly Row[]): void => {
  const cells = rows.map((row) => [
    row.case,
    row.subject,
    row.metric,
    String(row.n),
    `${row.censored ? '> ' : ''}${round(row.median)} ${row.unit}`,
    `${round(row.low)} to ${round(row.high)}`,
    verdictOn(row, rows),
  ])
  const widths = head.map((text, index) => Math.max(text.length, ...cells.map((line) => (line[index] ?? '').length)))
  const line = (each: readonly string[]) =>
    each
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  const bold = (text: string) => (process.stdout.isTTY ? styleText('bold', text) : text)
  console.log(`\n${bold(name)}\n${bold(line(head))}`)
  for (const each of cells) console.log(line(each))
  for (const { what, target, measured, reached } of judge(rows))
    console.log(`target: ${what}: ${measured}, ${target}: ${reached}`)
}

const showProgress = (text: string): void =>
  void process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`)

const measure = async (suite: Suite, options: RunOptions): Promise<Result> => {
  const rows = rowsOf(await suite.run(options))
  if (process.stderr.isTTY) showProgress('')
  const only = options.only === undefined ? '' : ` --case "${options.only}"`
  const command = `npm run bench -- --only ${suite.name}${only} --rounds ${options.rounds}`
  return { command, machine: machine(), versions: versions(), rows }
}

const main = async (): Promise<void> => {
  const { chosen, case: only, rounds, json, document, help } = options()
  if (help) return console.log(usage)
  if (document !== undefined) return writeDocument(document)
  for (const [key, value] of Object.entries({ ...machine(), ...versions() })) console.log(`${key}: ${value}`)
  for (const suite of chosen) {
    const result = await measure(suite, { rounds, only, progress: showProgress })
    print(suite.name, result.rows)
    // At once: what is interrupted has lost one suite.
    if (json !== undefined) keepResults(json, { [suite.name]: result })
  }
}

try {
  await main()
} catch (error) {
  console.error(`bench: ${(error as Error).message}${error instanceof UsageError ? '; --help says more' : ''}`)
  // At once: a suite that failed has left its receiver open, which would keep this process.
  process.exit(error instanceof UsageError ? 2 : 1)
}
