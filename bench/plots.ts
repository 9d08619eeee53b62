import { draw } from '../src/report/charts.ts'
import type { Results } from './results.ts'
import type { Row } from './statistics.ts'
import { bare } from './suite.ts'

/** A picture for each suite. The axes of numbers are logarithmic where the subjects are orders of magnitude apart. */

const unique = (values: readonly string[]): string[] => [...new Set(values)]
const withMetric = (rows: readonly Row[], metric: string): Row[] => rows.filter((row) => row.metric === metric)

const axis = { axisLine: { show: false }, axisTick: { show: false } }
const valueAxis = (name: string) => ({ name, nameLocation: 'middle', nameGap: 52, ...axis })

/** Ours are blue, what they are measured over is grey. */
const peers = ['#d97b29', '#b04a8f', '#4a9d5b', '#8a6d3b', '#c0392b', '#7d5ba6']
const ours = ['#1f5fbf', '#5b9bea', '#a5cbf7', '#0b3470']
const colorsOf = (subjects: readonly string[]): string[] => {
  const [blue, other] = [ours.values(), peers.values()]
  return subjects.map((subject) => {
    if (subject.startsWith(bare) || subject === 'an empty package') return '#9aa5b1'
    return String((subject.startsWith('cq-telemetry') ? blue : other).next().value)
  })
}

/** The widths of texts are guessed without a browser, and too small: hence the gaps. */
const frame = (subjects: readonly string[]) => ({
  color: colorsOf(subjects),
  grid: { left: 80, right: 40, top: 80, bottom: 40 },
  legend: { data: [...subjects], top: 0, left: 60, right: 40, itemGap: 32, textStyle: { fontSize: 11 } },
})

/** Cases beside each other, a bar for each subject. A logarithm needs something above zero. */
const bars = (rows: readonly Row[], unit: string, least: number): string => {
  const [cases, subjects] = [unique(rows.map((row) => row.case)), unique(rows.map(({ subject }) => subject))]
  const at = (name: string, subject: string) => rows.find((row) => row.case === name && row.subject === subject)?.median
  return draw({
    ...frame(subjects),
    xAxis: { type: 'category', data: cases, axisLabel: { interval: 0 }, ...axis },
    yAxis: { type: 'log', min: least, ...valueAxis(unit) },
    series: subjects.map((subject) => ({
      type: 'bar',
      name: subject,
      data: cases.map((name) => {
        const value = at(name, subject)
        return value === undefined ? null : Math.max(value, least)
      }),
    })),
  })
}

/** Lines over the size in the cases' names. */
const lines = (rows: readonly Row[], unit: string, sizeOf: (name: string) => number, type: 'log' | 'value'): string => {
  const subjects = unique(rows.map(({ subject }) => subject))
  const sizes = rows.map((row) => sizeOf(row.case))
  return draw({
    ...frame(subjects),
    xAxis: { type: 'log', name: 'n', min: Math.min(...sizes), ...axis },
    yAxis: { type, ...valueAxis(unit) },
    series: subjects.map((subject) => ({
      type: 'line',
      name: subject,
      data: rows.filter((row) => row.subject === subject).map((row) => [sizeOf(row.case), row.median]),
    })),
  })
}

type Draw = (rows: readonly Row[]) => string

const plots: Readonly<Record<string, Draw>> = {
  startup: (rows) =>
    bars(
      withMetric(rows, 'ready over bare').filter((row) => row.case.endsWith(', import')),
      'ms over the bare process',
      1,
    ),
  exit: (rows) => bars(withMetric(rows, 'exit over bare'), 'ms over the bare process', 1),
  spans: (rows) =>
    lines(
      withMetric(rows, 'time for each').filter((row) => row.case.startsWith('one tick')),
      'µs for each',
      (name) => Number(name.split(', ')[1]),
      'log',
    ),
  wire: (rows) => bars(withMetric(rows, 'sent'), 'kB', 1),
  drain: (rows) => lines(withMetric(rows, 'time for each'), 'µs for each', Number, 'value'),
}

/** The pictures by the names of their files. */
export const plotsOf = (results: Results): [string, string][] =>
  Object.entries(plots).flatMap(([suite, plot]) => {
    const result = results[suite]
    return result ? [[`bench-${suite}.svg`, `${plot(result.rows)}\n`]] : []
  })
