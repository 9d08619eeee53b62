import { byParent, errorsOf, itemsOf, plural, type ViewSpan } from '../view-span.ts'

/** The spans as rows of a tree of which parts are folded. */

export interface Row {
  readonly span: ViewSpan
  /** From 1. */
  readonly level: number
  readonly children: number
  readonly open: boolean
  /** Of what is folded below it. */
  readonly folded: string
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

/** More children than this are folded until somebody wants to see them. */
const maxOpen = 50

export const foldedAtFirst = ({ children }: Tree): ReadonlySet<string> =>
  new Set([...children].flatMap(([id, below]) => (id !== undefined && below.length > maxOpen ? [id] : [])))

const sum = (spans: readonly ViewSpan[], count: (span: ViewSpan) => number): number =>
  spans.reduce((total, span) => total + count(span), 0)

const foldedText = (below: readonly ViewSpan[]): string =>
  [
    plural(below.length, 'span folded', 'spans folded'),
    plural(sum(below, itemsOf), 'item'),
    ...(sum(below, errorsOf) > 0 ? [plural(sum(below, errorsOf), 'error')] : []),
  ].join(', ')

/** The rows that are to be seen, those below a folded span left out. `kept`: only these, each with all above it open. */
export const rowsOf = (tree: Tree, folded: ReadonlySet<string>, kept: ReadonlySet<string> | undefined): Row[] => {
  const rows: Row[] = []
  const seen = new Set<string>()
  const toDo = [...(tree.children.get(undefined) ?? [])].reverse().map((span) => ({ span, level: 1 }))
  // Not by recursion: a file may hold a chain that is deeper than a stack.
  for (let next = toDo.pop(); next; next = toDo.pop()) {
    const { span, level } = next
    if (seen.has(span.spanId) || (kept && !kept.has(span.spanId))) continue
    seen.add(span.spanId)
    const below = tree.children.get(span.spanId) ?? []
    const open = kept !== undefined || !folded.has(span.spanId)
    rows.push({
      span,
      level,
      children: below.length,
      open,
      folded: open || below.length === 0 ? '' : foldedText(below),
    })
    if (open) for (const child of [...below].reverse()) toDo.push({ span: child, level: level + 1 })
  }
  return rows
}

const says = ({ name, attributes }: ViewSpan, text: string): boolean =>
  name.toLowerCase().includes(text) ||
  Object.entries(attributes).some(([key, value]) => `${key} ${String(value)}`.toLowerCase().includes(text))

/** The spans that say a text, and how many they are; with what is above them. Undefined for no text. */
export const matches = (
  tree: Tree,
  text: string,
): { readonly kept: ReadonlySet<string>; readonly count: number } | undefined => {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return undefined
  const found = tree.spans.filter((span) => says(span, wanted))
  const byId = new Map(tree.spans.map((span) => [span.spanId, span]))
  const kept = new Set<string>()
  for (const span of found) {
    for (let at: ViewSpan | undefined = span; at && !kept.has(at.spanId); at = byId.get(at.parentSpanId ?? ''))
      kept.add(at.spanId)
  }
  return { kept, count: found.length }
}
