import { byParent, errorsOf, itemsOf, plural, type ViewSpan } from '../view-span.ts'

/** The rows of the waterfall's tree, of which parts can be collapsed. */

export interface Row {
  readonly span: ViewSpan
  /** From 1. */
  readonly level: number
  readonly children: number
  readonly open: boolean
  /** Counts of the collapsed spans below it; empty if none are. */
  readonly summary: string
}

export interface Tree {
  readonly children: ReturnType<typeof byParent>
  readonly spans: readonly ViewSpan[]
  readonly from: number
  readonly to: number
}

export const treeOf = (spans: readonly ViewSpan[]): Tree => {
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs)
  const to = sorted.reduce((last, { endMs }) => Math.max(last, endMs), 0)
  return { children: byParent(sorted), spans: sorted, from: sorted[0]?.startMs ?? 0, to }
}

/** A span with more children than this is collapsed at first. */
const maxOpen = 50

export const initiallyCollapsed = ({ children }: Tree): ReadonlySet<string> =>
  new Set([...children].flatMap(([id, below]) => (id !== undefined && below.length > maxOpen ? [id] : [])))

const sum = (spans: readonly ViewSpan[], count: (span: ViewSpan) => number): number =>
  spans.reduce((total, span) => total + count(span), 0)

const summaryOf = (below: readonly ViewSpan[]): string =>
  [
    plural(below.length, 'span folded', 'spans folded'),
    plural(sum(below, itemsOf), 'item'),
    ...(sum(below, errorsOf) > 0 ? [plural(sum(below, errorsOf), 'error')] : []),
  ].join(', ')

/**
 * The rows that are not below a collapsed span. If `visible` is given, only the spans with these ids, and none of them
 * collapsed.
 */
export const rowsOf = (tree: Tree, collapsed: ReadonlySet<string>, visible: ReadonlySet<string> | undefined): Row[] => {
  const rows: Row[] = []
  const seen = new Set<string>()
  const stack = [...(tree.children.get(undefined) ?? [])].reverse().map((span) => ({ span, level: 1 }))
  // Without recursion, because a file may contain a chain of spans that is too deep for the call stack.
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { span, level } = next
    if (seen.has(span.spanId) || (visible && !visible.has(span.spanId))) continue
    seen.add(span.spanId)
    const below = tree.children.get(span.spanId) ?? []
    const open = visible !== undefined || !collapsed.has(span.spanId)
    rows.push({
      span,
      level,
      children: below.length,
      open,
      summary: open || below.length === 0 ? '' : summaryOf(below),
    })
    if (open) for (const child of [...below].reverse()) stack.push({ span: child, level: level + 1 })
  }
  return rows
}

const contains = ({ name, attributes }: ViewSpan, text: string): boolean =>
  name.toLowerCase().includes(text) ||
  Object.entries(attributes).some(([key, value]) => `${key} ${String(value)}`.toLowerCase().includes(text))

/**
 * Searches names, keys and values. `count` is the number of matching spans; `visible` has their ids and those of their
 * ancestors. Undefined for an empty text.
 */
export const matches = (
  tree: Tree,
  text: string,
): { readonly visible: ReadonlySet<string>; readonly count: number } | undefined => {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return undefined
  const found = tree.spans.filter((span) => contains(span, wanted))
  const byId = new Map(tree.spans.map((span) => [span.spanId, span]))
  const visible = new Set<string>()
  for (const span of found) {
    for (let at: ViewSpan | undefined = span; at && !visible.has(at.spanId); at = byId.get(at.parentSpanId ?? ''))
      visible.add(at.spanId)
  }
  return { visible, count: found.length }
}
