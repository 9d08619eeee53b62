import { BarChart, HeatmapChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, LegendScrollComponent, VisualMapComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Answer, Cell } from './database.ts'
import type { Question } from './questions.ts'

// Rendered as SVG on the server side, without a browser.
use([
  BarChart,
  HeatmapChart,
  LineChart,
  GridComponent,
  LegendComponent,
  LegendScrollComponent,
  VisualMapComponent,
  SVGRenderer,
])

const size = { width: 900, height: 320 }

/** Draws a chart as SVG. */
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

const toolsOf = (answer: Answer): Cell[] => [...new Set(column(answer, 'tool'))]

const ofTool = (answer: Answer, tool: Cell): Answer => {
  const index = answer.columns.indexOf('tool')
  return { ...answer, rows: answer.rows.filter((row) => row[index] === tool) }
}

/** The label of a row, with the tool's name if there are several tools. */
const labelOf = (answer: Answer, tool: Cell, name: Cell): string =>
  toolsOf(answer).length > 1 ? `${tool}: ${name}` : String(name)

const overTime = (answer: Answer, time: string, names: readonly string[]): string => {
  // Each tool has a row for each day.
  const series = toolsOf(answer).flatMap((tool) =>
    names.map((name) => ({
      type: 'line',
      symbolSize: 6,
      name: labelOf(answer, tool, name),
      data: column(ofTool(answer, tool), name),
    })),
  )
  return draw({
    grid,
    legend: { type: 'scroll', data: series.map(({ name }) => name), top: 0 },
    xAxis: { type: 'category', data: [...new Set(column(answer, time))], ...axis },
    yAxis: { type: 'value', ...axis },
    series,
  })
}

const labelsOf = (answer: Answer, label: string): string[] => {
  const tools = column(answer, 'tool')
  return column(answer, label).map((name, index) => labelOf(answer, tools[index] ?? '', name))
}

const bars = (answer: Answer, label: string, series: readonly string[], maxBars = 12): string => {
  // Reversed, because a category axis begins at the bottom.
  const top = { ...answer, rows: answer.rows.slice(0, maxBars).toReversed() }
  return draw({
    grid: { ...grid, left: 180 },
    legend: { data: [...series], top: 0 },
    xAxis: { type: 'value', ...axis },
    yAxis: { type: 'category', data: labelsOf(top, label), axisLabel: { width: 160, overflow: 'truncate' }, ...axis },
    series: series.map((name) => ({ type: 'bar', name, data: column(top, name) })),
  })
}

const retention = (answer: Answer): string => {
  const labels = labelsOf(answer, 'first_week')
  const cohorts = [...new Set(labels)]
  const later = [...new Set(column(answer, 'weeks_later'))].sort((a, b) => Number(a) - Number(b))
  const percent = column(answer, 'percent')
  const data = column(answer, 'weeks_later').map((after, index) => [
    later.indexOf(after),
    cohorts.indexOf(String(labels[index])),
    percent[index],
  ])
  return draw({
    grid: { ...grid, left: 140, right: 100 },
    xAxis: { type: 'category', name: 'weeks later', nameLocation: 'middle', nameGap: 28, data: later, ...axis },
    yAxis: { type: 'category', data: cohorts, ...axis },
    visualMap: { min: 0, max: 100, text: ['100 %', '0 %'], right: 10, inRange: { color: ['#dbe9fb', '#1d4f96'] } },
    series: [{ type: 'heatmap', data, label: { show: true } }],
  })
}

const charts: Partial<Record<Question, (answer: Answer) => string>> = {
  'users-by-day': (answer) => overTime(answer, 'day', ['invocations', 'users', 'returning_users', 'ci_invocations']),
  'users-by-week': (answer) => overTime(answer, 'week', ['users', 'ci_sources']),
  retention,
  operations: (answer) => bars(answer, 'operation', ['p50_ms', 'p95_ms']),
  resources: (answer) => bars(answer, 'resource', ['p50_ms', 'p95_ms']),
  versions: (answer) => bars(answer, 'version', ['users', 'invocations']),
}

/** The chart for an answer, as SVG; undefined if its question has no chart or it has no rows. */
export const chartOf = (answer: Answer): string | undefined =>
  answer.rows.length === 0 ? undefined : charts[answer.question]?.(answer)
