import { byParent, errorsOf, itemsOf, plural, textAt, type ViewSpan } from '../view-span.ts'

/** The spans as a tree, and the rows that are shown of it. */

export interface Node {
  readonly span: ViewSpan
  /** From 1. */
  readonly level: number
  /** Index of the parent in `Tree.nodes`; -1 for a root. */
  readonly parent: number
  /** Number of children. */
  readonly children: number
  /** Index of the provider that the span belongs to; -1 if it belongs to none. */
  readonly provider: number
  /** Number of descendants. */
  readonly below: number
  /** Number of descendants that failed. */
  readonly failedBelow: number
}

export interface Tree {
  /** A span stands before its descendants. */
  readonly nodes: readonly Node[]
  readonly byId: ReadonlyMap<string, Node>
  readonly providers: readonly string[]
  /** Number of spans that failed. */
  readonly failed: number
  readonly from: number
  readonly to: number
}

type Draft = { -readonly [Key in keyof Node]: Node[Key] }

/** Without recursion, because a file may contain a chain of spans that is too deep for the call stack. */
const draftsOf = (spans: readonly ViewSpan[], providers: string[]): Draft[] => {
  const children = byParent(spans)
  const drafts: Draft[] = []
  const seen = new Set<string>()
  const stack = [...(children.get(undefined) ?? [])].reverse().map((span) => ({ span, level: 1, parent: -1 }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { span, level, parent } = next
    if (seen.has(span.spanId)) continue
    seen.add(span.spanId)
    const own = children.get(span.spanId) ?? []
    const name = textAt(span, 'cq.provider.name')
    if (name !== '' && !providers.includes(name)) providers.push(name)
    const provider = name === '' ? (drafts[parent]?.provider ?? -1) : providers.indexOf(name)
    const at = drafts.push({ span, level, parent, children: own.length, provider, below: 0, failedBelow: 0 }) - 1
    for (const child of [...own].reverse()) stack.push({ span: child, level: level + 1, parent: at })
  }
  return drafts
}

export const treeOf = (spans: readonly ViewSpan[]): Tree => {
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs)
  const providers: string[] = []
  const nodes = draftsOf(sorted, providers)
  for (const { span, parent: at, below, failedBelow } of [...nodes].reverse()) {
    const parent = nodes[at]
    if (!parent) continue
    parent.below += below + 1
    parent.failedBelow += failedBelow + Number(span.failed)
  }
  return {
    nodes,
    byId: new Map(nodes.map((node) => [node.span.spanId, node])),
    providers,
    failed: nodes.filter(({ span }) => span.failed).length,
    from: sorted[0]?.startMs ?? 0,
    to: sorted.reduce((last, { endMs }) => Math.max(last, endMs), 0),
  }
}

/** A span with more children than this is collapsed at first. */
const maxOpen = 50

export const initiallyCollapsed = ({ nodes }: Tree): ReadonlySet<string> =>
  new Set(nodes.filter(({ children }) => children > maxOpen).map(({ span }) => span.spanId))

/** All but the roots, so that a collapsed run still shows its operations. */
export const allCollapsed = ({ nodes }: Tree): ReadonlySet<string> =>
  new Set(nodes.filter(({ children, level }) => children > 0 && level > 1).map(({ span }) => span.spanId))

export interface Row {
  readonly node: Node
  readonly open: boolean
  /** Counts of the collapsed spans below it; empty if none are. */
  readonly summary: string
}

const summaryOf = ({ nodes }: Tree, at: number, { below, failedBelow }: Node): string => {
  const hidden = nodes.slice(at + 1, at + 1 + below)
  const sum = (count: (span: ViewSpan) => number) => hidden.reduce((total, { span }) => total + count(span), 0)
  const [items, errors] = [sum(itemsOf), Math.max(failedBelow, sum(errorsOf))]
  return [
    plural(below, 'span folded', 'spans folded'),
    ...(items > 0 ? [plural(items, 'item')] : []),
    ...(errors > 0 ? [plural(errors, 'error')] : []),
  ].join(', ')
}

/**
 * The rows that are not below a collapsed span. If `visible` is given, only the spans with these ids, and none of them
 * collapsed.
 */
export const rowsOf = (tree: Tree, collapsed: ReadonlySet<string>, visible: ReadonlySet<string> | undefined): Row[] => {
  const rows: Row[] = []
  for (let at = 0; at < tree.nodes.length;) {
    const node = tree.nodes[at] as Node
    const isShown = !visible || visible.has(node.span.spanId)
    const open = visible !== undefined || !collapsed.has(node.span.spanId)
    if (isShown) rows.push({ node, open, summary: open || node.below === 0 ? '' : summaryOf(tree, at, node) })
    at += isShown && open ? 1 : 1 + node.below
  }
  return rows
}

/** What a span is found by, made once: with each letter that is typed, every span is searched. */
const searchTexts = new WeakMap<Tree, readonly string[]>()

const searchTextsOf = (tree: Tree): readonly string[] => {
  const textOf = ({ name, attributes }: ViewSpan) =>
    [name, ...Object.entries(attributes).map(([key, value]) => `${key} ${String(value)}`)].join('\n').toLowerCase()
  const texts = searchTexts.get(tree) ?? tree.nodes.map(({ span }) => textOf(span))
  searchTexts.set(tree, texts)
  return texts
}

/**
 * Searches names, keys and values, of the failed spans alone if `failedOnly`. `count` is the number of matching spans;
 * `visible` has their ids and those of their ancestors. Undefined if nothing is searched for.
 */
export const matches = (
  tree: Tree,
  text: string,
  failedOnly: boolean,
): { readonly visible: ReadonlySet<string>; readonly count: number } | undefined => {
  const wanted = text.trim().toLowerCase()
  if (wanted === '' && !failedOnly) return undefined
  const { nodes } = tree
  const texts = searchTextsOf(tree)
  const found = nodes.filter(({ span }, at) => (span.failed || !failedOnly) && texts[at]?.includes(wanted))
  const visible = new Set<string>()
  for (const node of found) {
    for (let at: Node | undefined = node; at && !visible.has(at.span.spanId); at = nodes[at.parent])
      visible.add(at.span.spanId)
  }
  return { visible, count: found.length }
}
