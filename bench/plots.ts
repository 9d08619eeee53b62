import { draw } from '../src/report/charts.ts'
import type { Results } from './results.ts'
import type { Row } from './statistics.ts'

/** A picture for each suite. The axes of numbers are logarithmic where the subjects are orders of magnitude apart. */

const unique = (values: readonly string[]): string[] => [...new Set(values)]
const withMetric = (rows: readonly Row[], metric: string): Row[] => rows.filter((row) => row.metric === metric)

const axis = { axisLine: { show: false }, axisTick: { show: false } }
const colors = ['#3b7dd8', '#7fb0ee', '#d97b29', '#b04a8f', '#4a9d5b', '#8a6d3b', '#c0392b', '#5f6f7f']

/** Cases beside each other, a bar for each subject. A logarithm needs something above zero. */
const bars = (rows: readonly Row[], unit: string, least: number): string => {
  const [cases, subjects] = [unique(rows.map((row) => row.case)), unique(rows.map(({ subject }) => subject))]
  const at = (name: string, subject: string) => rows.find((row) => row.case === name && row.subject === subject)?.median
  return draw({
    color: colors,
    grid: { left: 70, right: 20, top: 70, bottom: 40 },
    legend: { data: subjects, top: 0, left: 60, right: 20 },
    xAxis: { type: 'category', data: cases, axisLabel: { interval: 0 }, ...axis },
    yAxis: { type: 'log', name: unit, min: least, ...axis },
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
const lines = (rows: readonly Row[], unit: string, sizeOf: (name: string) => number): string => {
  const subjects = unique(rows.map(({ subject }) => subject))
  return draw({
    color: colors,
    grid: { left: 70, right: 30, top: 60, bottom: 40 },
    legend: { data: subjects, top: 0, left: 60, right: 20 },
    xAxis: { type: 'log', name: 'n', ...axis },
    yAxis: { type: 'value', name: unit, ...axis },
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
    ),
  wire: (rows) => bars(withMetric(rows, 'sent'), 'kB', 1),
  drain: (rows) => lines(withMetric(rows, 'time for each'), 'µs for each', Number),
}

/** The pictures by the names of their files. */
export const plotsOf = (results: Results): [string, string][] =>
  Object.entries(plots).flatMap(([suite, plot]) => {
    const result = results[suite]
    return result ? [[`bench-${suite}.svg`, `${plot(result.rows)}\n`]] : []
  })
