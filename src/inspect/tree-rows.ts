import { escapeControls } from './paint.ts'
import { byParent, errorsOf, formatMs, itemsOf, plural, textAt, type ViewSpan } from './view-span.ts'

/**
 * The rows of the terminal's tree. Of many spans it shows the failed and the slowest, and a row that sums up the
 * others.
 */

export interface TreeRow {
  /** The lines of the tree before the name. */
  readonly tree: string
  readonly name: string
  /** Undefined for a row that sums up spans. */
  readonly span: ViewSpan | undefined
  /** The texts of a row that sums up spans. */
  readonly summary: readonly string[]
  /** Name of the provider that the span belongs to; empty if it belongs to none. */
  readonly provider: string
}

/** Children of a span that are listed. */
const maxChildren = 8
/** The most children of a run or an operation that are listed, in the order of time. */
const maxSteps = 20
const indentWidth = 3
/** No trace of this package is deeper. A file may contain a chain of spans that is too deep for a terminal. */
const maxDepth = 50

type Children = ReturnType<typeof byParent>

const durationOf = ({ startMs, endMs }: ViewSpan): number => endMs - startMs
const sum = (spans: readonly ViewSpan[], count: (span: ViewSpan) => number): number =>
  spans.reduce((total, span) => total + count(span), 0)

const summaryRow = (indent: string, spans: readonly ViewSpan[], provider: string): TreeRow => {
  const [items, errors] = [sum(spans, itemsOf), sum(spans, errorsOf)]
  const summary = [
    `… ${plural(spans.length, 'more', 'more')}`,
    `${formatMs(sum(spans, durationOf))} in all`,
    ...(items > 0 ? [plural(items, 'item')] : []),
    ...(errors > 0 ? [plural(errors, 'error')] : []),
  ]
  return { tree: `${indent}└─ `, name: '', span: undefined, summary, provider }
}

const typeOf = (span: ViewSpan): string => textAt(span, 'cq.span.type')

const byImportance = (a: ViewSpan, b: ViewSpan): number =>
  Number(b.failed) - Number(a.failed) || durationOf(b) - durationOf(a)

/** Groups the spans of a provider, at the position of its first span. */
const grouped = (spans: readonly ViewSpan[]): ViewSpan[] => {
  const groups = new Map<string, ViewSpan[]>()
  for (const span of spans) {
    const key = typeOf(span) === 'provider' ? span.name : span.spanId
    groups.set(key, [...(groups.get(key) ?? []), span])
  }
  return [...groups.values()].flat()
}

/** The children that are listed, in their order. */
const listed = (parent: ViewSpan, own: readonly ViewSpan[], depth: number): readonly ViewSpan[] => {
  if (depth >= maxDepth) return []
  const isStep = ['run', 'operation'].includes(typeOf(parent))
  if (isStep && own.length <= maxSteps) return grouped(own)
  const limit = isStep ? maxSteps : maxChildren
  return [...own].sort(byImportance).slice(0, limit)
}

interface Place {
  /** Before the span's own name, and before the rows below it. */
  readonly own: string
  readonly below: string
  readonly depth: number
  readonly provider: string
}

class Rows {
  readonly rows: TreeRow[] = []
  private readonly children: Children
  /** Ids of spans that have a row. In a file, two spans can be each other's parents. */
  private readonly seen = new Set<string>()

  constructor(children: Children) {
    this.children = children
  }

  add(span: ViewSpan, { own, below, depth, provider: inherited }: Place): void {
    if (this.seen.has(span.spanId)) return
    this.seen.add(span.spanId)
    const provider = textAt(span, 'cq.provider.name') || inherited
    this.rows.push({ tree: own, name: escapeControls(span.name), span, summary: [], provider })
    const children = this.children.get(span.spanId) ?? []
    const shown = listed(span, children, depth)
    const isShown = new Set(shown)
    const rest = children.filter((child) => !isShown.has(child))
    for (const [index, child] of shown.entries()) {
      const isLast = rest.length === 0 && index === shown.length - 1
      const [tree, more] = isLast ? ['└─ ', ' '.repeat(indentWidth)] : ['├─ ', '│  ']
      this.add(child, { own: `${below}${tree}`, below: `${below}${more}`, depth: depth + 1, provider })
    }
    if (rest.length > 0) this.rows.push(summaryRow(below, rest, provider))
  }
}

export const rowsOf = (spans: readonly ViewSpan[]): readonly TreeRow[] => {
  const children = byParent(spans)
  const rows = new Rows(children)
  for (const root of children.get(undefined) ?? spans.slice(0, 1))
    rows.add(root, { own: '', below: '', depth: 0, provider: '' })
  return rows.rows
}

/** The providers in the order of their rows. */
export const providersIn = (rows: readonly TreeRow[]): readonly string[] => [
  ...new Set(rows.map(({ provider }) => provider).filter((name) => name !== '')),
]
