import { joinFitting } from '../machine/wrap.ts'
import { escapeControls, fit, type Paint } from './paint.ts'
import { providersIn, rowsOf, type TreeRow } from './tree-rows.ts'
import { formatMs, remarksOf, type ViewSpan } from './view-span.ts'

/** Renders spans for the terminal: a tree, and beside it each span's duration, a bar on the time axis, and remarks. */

/** How to write on the terminal. */
export interface Look {
  /** In columns. */
  readonly width: number
  readonly paint: Paint
}

/** The least width in columns at which bars are drawn. */
const minWidthForBars = 60
const durationWidth = 9
const minRemarkWidth = 10
const minBar = 8
/** A bar gets longer only if all remarks fit. */
const enoughBar = 30
const maxBar = 60
/** Between the columns. */
const gaps = 5

type Range = readonly [from: number, to: number]

/** Eighths of a column, so that short spans also differ in length. */
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█']

/** Returns the bar with the space before it, `width` columns wide. */
const barOf = ({ startMs, endMs }: ViewSpan, [from, to]: Range, width: number): string => {
  const scale = width / Math.max(to - from, Number.EPSILON)
  const begin = Math.min(width - 1, Math.max(0, Math.floor((startMs - from) * scale)))
  const size = Math.max(1, Math.min((width - begin) * 8, Math.round((endMs - startMs) * scale * 8)))
  const bar = '█'.repeat(Math.floor(size / 8)) + (eighths[size % 8] ?? '')
  return `${' '.repeat(begin)}${bar}`.padEnd(width)
}

const lengthOf = (text: string): number => Array.from(text).length

interface Columns {
  readonly label: number
  /** 0 if there is no room for bars. */
  readonly bar: number
  readonly remark: number
}

/** A terminal of `minWidthForBars` columns always has bars. The names and remarks get the rest. */
const columnsFor = (rows: readonly TreeRow[], width: number): Columns => {
  const spans = rows.flatMap(({ span }) => span ?? [])
  const longest = Math.max(0, ...rows.flatMap(({ tree, name, span }) => (span ? lengthOf(tree + name) : [])))
  const longestRemark = Math.max(0, ...spans.map((span) => remarksOf(span).join(', ').length))
  if (width < minWidthForBars) {
    const label = Math.max(1, Math.min(longest, width - durationWidth - 1))
    return { label, bar: 0, remark: Math.max(0, width - label - durationWidth - 3) }
  }
  const label = Math.min(longest, width - durationWidth - minBar - minRemarkWidth - gaps, Math.floor(width * 0.45))
  const rest = width - label - durationWidth - gaps
  const remark = Math.min(longestRemark, Math.max(minRemarkWidth, rest - enoughBar))
  return { label, bar: Math.min(maxBar, rest - remark), remark }
}

/** Failures are red, each provider has a colour of its own, and spans that group others are dim. */
const colours = (span: ViewSpan, provider: number, paint: Paint) => {
  const hues = [paint.cyan, paint.magenta, paint.blue, paint.green, paint.yellow]
  const isProvider = span.attributes['cq.span.type'] === 'provider'
  const plain = (text: string) => text
  if (span.failed) return { name: paint.red, bar: paint.red }
  if (provider < 0) return { name: paint.bold, bar: paint.dim }
  return { name: isProvider ? paint.bold : plain, bar: hues[provider % hues.length] ?? plain }
}

/** If not all remarks fit, those about failures come first. */
const remarkOf = (span: ViewSpan, width: number): string => {
  const remarks = remarksOf(span).map(escapeControls)
  if (remarks.join(', ').length <= width) return remarks.join(', ')
  const ofErrors = remarks.filter((remark) => /^[\d,]+ errors?$/.test(remark))
  return joinFitting([...ofErrors, ...remarks.filter((remark) => !ofErrors.includes(remark))], width)
}

const line = (row: TreeRow, columns: Columns, range: Range, { paint, width }: Look, provider: number): string => {
  const { tree, name, span } = row
  if (!span) return paint.dim(tree) + paint.dim(joinFitting(row.summary, width - lengthOf(tree)))
  const { name: nameColour, bar: barColour } = colours(span, provider, paint)
  const label = fit(`${tree}${name}`, columns.label)
  const own = Array.from(label).slice(lengthOf(tree)).join('')
  const duration = formatMs(span.endMs - span.startMs).padStart(durationWidth)
  const remark = remarkOf(span, columns.remark)
  const drawn = columns.bar > 0 ? barOf(span, range, columns.bar) : ''
  const bar = drawn === '' ? '' : `  ${barColour(remark === '' ? drawn.trimEnd() : drawn)}`
  const shown = remark === '' ? '' : `  ${span.failed ? paint.red(remark) : paint.dim(remark)}`
  // Only the lines of the tree are dim, so that they do not take the colour of a name.
  return `${paint.dim(tree)}${nameColour(own.trimEnd())}${' '.repeat(own.length - own.trimEnd().length)} ${duration}${bar}${shown}`.trimEnd()
}

/** Returns lines without line breaks. */
export const waterfall = (spans: readonly ViewSpan[], look: Look): string[] => {
  const rows = rowsOf(spans)
  if (rows.length === 0) return []
  const range = spans.reduce<Range>(
    ([from, to], { startMs, endMs }) => [Math.min(from, startMs), Math.max(to, endMs)],
    [Infinity, -Infinity],
  )
  const columns = columnsFor(rows, look.width)
  const providers = providersIn(rows)
  return rows.map((row) => line(row, columns, range, look, providers.indexOf(row.provider)))
}
