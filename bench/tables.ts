import type { Result, Results } from './results.ts'
import { compare, type Row } from './statistics.ts'
import { judge } from './targets.ts'

/** The tables of docs/benchmarks.md. */

const round = (value: number): string => {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) < 1 ? 2 : 1)
}

const ours = 'cq-telemetry'
const cellOf = (row: Row | undefined, first: Row | undefined): string => {
  if (!row) return ''
  const same = first && first !== row && !row.subject.startsWith(ours) && compare(first, row) === 'no difference'
  const spread = row.low === row.high ? '' : ` (${round(row.low)} to ${round(row.high)})`
  return `${row.censored ? '> ' : ''}${round(row.median)}${spread}${same ? ' ≈' : ''}`
}

const table = (lines: readonly (readonly string[])[]): string => {
  const [head = [], ...body] = lines
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const unique = (values: readonly string[]): string[] => [...new Set(values)]

/** A line for each subject, a column for each case. */
const pivot = (all: readonly Row[], metric: string): string => {
  const rows = all.filter((row) => row.metric === metric)
  const cases = unique(rows.map((row) => row.case))
  const at = (subject: string, name: string) => rows.find((row) => row.subject === subject && row.case === name)
  const firstOurs = (name: string) => rows.find((row) => row.subject.startsWith(ours) && row.case === name)
  const counts = cases.map((name) => {
    const n = unique(rows.filter((row) => row.case === name).map((row) => String(row.n)))
    return `${name} (n ${n.join(', ')})`
  })
  const lines = unique(rows.map(({ subject }) => subject)).map((subject) => [
    subject,
    ...cases.map((name) => cellOf(at(subject, name), firstOurs(name))),
  ])
  const unit = rows[0]?.unit ?? ''
  return table([[`${metric}${unit === '' ? '' : `, ${unit}`}`, ...counts], ...lines])
}

const metricsOf: Readonly<Record<string, readonly string[]>> = {
  off: ['cpu over bare', 'ready over bare', 'ready over an empty package'],
  startup: ['cpu over bare', 'ready over bare'],
  exit: ['exit over bare', 'wall over bare'],
  spans: ['time for each', 'memory over bare', 'lost'],
  wire: ['sent', 'requests'],
  drain: ['rate', 'time for each', 'memory over an empty spool'],
}

const source = ({ command, machine }: Result): string =>
  `\`${command}\`; ${Object.entries(machine)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')}.`

/** A line for each case, a column for each metric: of a suite with many cases and one subject. */
const byCase = (rows: readonly Row[]): string => {
  const metrics = unique(rows.map(({ metric }) => metric))
  const n = unique(rows.map((row) => String(row.n))).join(', ')
  const at = (name: string, metric: string) => rows.find((row) => row.case === name && row.metric === metric)
  const lines = unique(rows.map((row) => row.case)).map((name) => [
    name,
    ...metrics.map((metric) => cellOf(at(name, metric), undefined)),
  ])
  const units = metrics.map((metric) => `${metric}, ${rows.find((row) => row.metric === metric)?.unit}`)
  return table([[`attack (n ${n})`, ...units], ...lines])
}

export const tableOf = (suite: string, result: Result): string => {
  if (suite === 'attacks') return [source(result), byCase(result.rows)].join('\n\n')
  const metrics = metricsOf[suite] ?? unique(result.rows.map(({ metric }) => metric))
  return [source(result), ...metrics.map((metric) => pivot(result.rows, metric))].join('\n\n')
}

/** The peers, as they were when a suite was run. */
export const peersOf = (results: Results): string => {
  const all = Object.values(results).flatMap(({ versions }) => Object.entries(versions))
  return `${unique(all.map(([name, version]) => `\`${name}\` ${version}`))
    .sort()
    .join(', ')}.`
}

export const targetsTable = (results: Results): string => {
  const judged = Object.values(results).flatMap(({ rows }) => judge(rows))
  return table([
    ['suite', 'what', 'target', 'measured', 'reached'],
    ...judged.map(({ suite, what, target, measured, reached }) => [suite, what, target, measured, reached]),
  ])
}
