import { BarChart, HeatmapChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, VisualMapComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Answer, Cell } from './database.ts'
import type { Question } from './questions.ts'

// Rendered as SVG on the server side, without a browser.
use([BarChart, HeatmapChart, LineChart, GridComponent, LegendComponent, VisualMapComponent, SVGRenderer])

const size = { width: 900, height: 320 }

/** Returns SVG. */
export const draw = (option: EChartsCoreOption): string => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  chart.setOption({ animation: false, color: ['#3b7dd8', '#d97b29', '#4a9d5b', '#b04a8f'], ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

const column = ({ columns, rows }: Answer, name: string): Cell[] => {
  const index = columns.indexOf(name)
  return rows.map((row) => row[index] ?? null)
}

const axis = { axisLine: { show: false }, axisTick: { show: false } }
const grid = { left: 60, right: 20, top: 40, bottom: 50 }

const overTime = (answer: Answer, time: string, series: readonly string[]): string =>
  draw({
    grid,
    legend: { data: [...series], top: 0 },
    xAxis: { type: 'category', data: column(answer, time), ...axis },
    yAxis: { type: 'value', ...axis },
    series: series.map((name) => ({ type: 'line', name, data: column(answer, name), symbolSize: 6 })),
  })

const bars = (answer: Answer, label: string, series: readonly string[], maxBars = 12): string => {
  // Reversed, because a category axis begins at the bottom.
  const top = { ...answer, rows: answer.rows.slice(0, maxBars).toReversed() }
  return draw({
    grid: { ...grid, left: 180 },
    legend: { data: [...series], top: 0 },
    xAxis: { type: 'value', ...axis },
    yAxis: { type: 'category', data: column(top, label), axisLabel: { width: 160, overflow: 'truncate' }, ...axis },
    series: series.map((name) => ({ type: 'bar', name, data: column(top, name) })),
  })
}

const retention = (answer: Answer): string => {
  const weeks = [...new Set(column(answer, 'first_week'))]
  const later = [...new Set(column(answer, 'weeks_later'))].sort((a, b) => Number(a) - Number(b))
  const data = answer.rows.map(([first, after, users]) => [
    later.indexOf(after ?? null),
    weeks.indexOf(first ?? null),
    users,
  ])
  return draw({
    grid: { ...grid, left: 100, right: 100 },
    xAxis: { type: 'category', name: 'weeks later', nameLocation: 'middle', nameGap: 28, data: later, ...axis },
    yAxis: { type: 'category', data: weeks, ...axis },
    visualMap: {
      min: 0,
      max: Math.max(1, ...column(answer, 'users').map(Number)),
      right: 10,
      inRange: { color: ['#dbe9fb', '#1d4f96'] },
    },
    series: [{ type: 'heatmap', data, label: { show: true } }],
  })
}

const charts: Partial<Record<Question, (answer: Answer) => string>> = {
  'users-by-day': (answer) => overTime(answer, 'day', ['invocations', 'users', 'ci_invocations']),
  'users-by-week': (answer) => overTime(answer, 'week', ['users', 'ci_sources']),
  retention,
  operations: (answer) => bars(answer, 'operation', ['p50_ms', 'p95_ms']),
  resources: (answer) => bars(answer, 'resource', ['p50_ms', 'p95_ms']),
  versions: (answer) => bars(answer, 'version', ['users', 'invocations']),
}

/** The chart for an answer, as SVG; undefined if its question has no chart or it has no rows. */
export const chartOf = (answer: Answer): string | undefined =>
  answer.rows.length === 0 ? undefined : charts[answer.question]?.(answer)
