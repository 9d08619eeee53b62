import { escapeControls, fit, type Paint } from './paint.ts'
import { byParent, errorsOf, formatMs, itemsOf, plural, remarksOf, type ViewSpan } from './view-span.ts'

/** Renders spans for the terminal: a tree, and beside it each span's duration, a bar on the time axis, and remarks. */

/** How to write on the terminal. */
export interface Look {
  /** In columns. */
  readonly width: number
  readonly paint: Paint
}

/** Children of a span that are listed. If there are more, the failed and the slowest are; one line sums up the rest. */
const maxChildren = 20
/** Columns from which on bars are drawn. */
const minWidthForBars = 60
const durationWidth = 9
const indentWidth = 3
const remarkWidth = 26
const minBar = 8
const maxBar = 60

interface Row {
  readonly label: string
  readonly span: ViewSpan | undefined
  readonly remarks: string
}

type Children = ReturnType<typeof byParent>

const durationOf = ({ startMs, endMs }: ViewSpan): number => endMs - startMs
const totalOf = (spans: readonly ViewSpan[], count: (span: ViewSpan) => number): number =>
  spans.reduce((total, span) => total + count(span), 0)

/** One row for all children that are not listed. */
const summaryRow = (indent: string, spans: readonly ViewSpan[]): Row => {
  const [items, errors] = [totalOf(spans, itemsOf), totalOf(spans, errorsOf)]
  return {
    label: `${indent}└─ … ${plural(spans.length, 'more', 'more')}`,
    span: undefined,
    remarks: [
      `${formatMs(totalOf(spans, durationOf))} in all`,
      plural(items, 'item'),
      ...(errors > 0 ? [plural(errors, 'error')] : []),
    ].join(', '),
  }
}

const byImportance = (a: ViewSpan, b: ViewSpan): number =>
  Number(b.failed) - Number(a.failed) || durationOf(b) - durationOf(a)

/** Deeper than any trace of this package. A file may contain a chain of spans too deep for a terminal. */
const maxDepth = 50

const rowsBelow = (span: ViewSpan, children: Children, indent: string, seen: Set<string>): Row[] => {
  const own = children.get(span.spanId) ?? []
  const limit = indent.length / indentWidth >= maxDepth ? 0 : maxChildren
  const many = own.length > limit
  const shown = many ? [...own].sort(byImportance).slice(0, limit) : own
  const rows = shown.flatMap((child, index) => {
    const last = !many && index === shown.length - 1
    return rowsOf(child, children, [`${indent}${last ? '└─ ' : '├─ '}`, `${indent}${last ? '   ' : '│  '}`], seen)
  })
  const listed = new Set(shown)
  return many
    ? [
        ...rows,
        summaryRow(
          indent,
          own.filter((child) => !listed.has(child)),
        ),
      ]
    : rows
}

/** `seen` holds the ids of spans that have a row, because in a file two spans can be each other's parents. */
const rowsOf = (
  span: ViewSpan,
  children: Children,
  [own, below]: readonly [string, string],
  seen: Set<string>,
): Row[] => {
  if (seen.has(span.spanId)) return []
  seen.add(span.spanId)
  const row = { label: `${own}${escapeControls(span.name)}`, span, remarks: escapeControls(remarksOf(span)) }
  return [row, ...rowsBelow(span, children, below, seen)]
}

const barOf = ({ startMs, endMs }: ViewSpan, [from, to]: readonly [number, number], width: number): string => {
  const scale = width / Math.max(to - from, Number.EPSILON)
  const begin = Math.min(width - 1, Math.max(0, Math.floor((startMs - from) * scale)))
  const length = Math.max(1, Math.min(width - begin, Math.round((endMs - startMs) * scale)))
  // A thin mark for a span that is shorter than half a column.
  const mark = (endMs - startMs) * scale < 0.5 ? '▏' : '█'.repeat(length)
  return `${' '.repeat(begin)}${mark}`.padEnd(width)
}

const columnsFor = (rows: readonly Row[], width: number) => {
  const longest = Math.max(...rows.map(({ label }) => Array.from(label).length))
  const label = Math.min(longest, Math.floor(width * 0.45))
  const bar = Math.min(maxBar, width - label - durationWidth - remarkWidth - 5)
  return { label, bar: width < minWidthForBars || bar < minBar ? 0 : bar }
}

type Columns = ReturnType<typeof columnsFor>

const line = (
  { label, span, remarks }: Row,
  columns: Columns,
  range: readonly [number, number],
  look: Look,
): string => {
  const { paint, width } = look
  const [tint, barTint] = span?.failed ? [paint.red, paint.red] : [(text: string) => text, paint.cyan]
  const duration = (span ? formatMs(durationOf(span)) : '').padStart(durationWidth)
  const bar = columns.bar > 0 ? `  ${span ? barOf(span, range, columns.bar) : ' '.repeat(columns.bar)}` : ''
  const room = width - columns.label - duration.length - bar.length - 3
  const remark = remarks === '' || room < 4 ? '' : `  ${fit(remarks, room).trimEnd()}`
  const text = `${tint(fit(label, columns.label))} ${duration}${barTint(bar)}${paint.dim(remark)}`
  return text.trimEnd()
}

/** Returns lines without line breaks, in the order of time. */
export const waterfall = (spans: readonly ViewSpan[], look: Look): string[] => {
  const children = byParent(spans)
  const roots = children.get(undefined) ?? spans.slice(0, 1)
  const seen = new Set<string>()
  const rows = roots.flatMap((root) => rowsOf(root, children, ['', ''], seen))
  if (rows.length === 0) return []
  const range = spans.reduce<readonly [number, number]>(
    ([from, to], { startMs, endMs }) => [Math.min(from, startMs), Math.max(to, endMs)],
    [Infinity, -Infinity],
  )
  const columns = columnsFor(rows, look.width)
  return rows.map((row) => line(row, columns, range, look))
}
