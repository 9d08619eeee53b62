import type { SanitizedSpan } from '../schema/sanitize.ts'

/** The spans of a run as text: operation, providers, resources, with what each took. */

/** Children that are listed one by one; the slowest come first, the others are summed up in a line. */
const maxChildren = 20

const durationMs = ({ startTime, endTime }: SanitizedSpan): number =>
  (endTime[0] - startTime[0]) * 1e3 + (endTime[1] - startTime[1]) / 1e6

const formatMs = (ms: number): string => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`)

const numberAt = ({ attributes }: SanitizedSpan, key: string): number => {
  const value = attributes[key]
  return typeof value === 'number' ? value : 0
}

const items = (span: SanitizedSpan): number =>
  numberAt(span, span.type === 'resource' ? 'cq.resource.count' : 'cq.resources.count')

const remarks = (span: SanitizedSpan): string => {
  const { attributes } = span
  const errors = numberAt(span, 'cq.errors')
  return [
    items(span) > 0 ? `${items(span)} items` : '',
    errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : '',
    attributes['cq.fetch.status'] ?? '',
    attributes['error.type'] ?? '',
    span.type === 'run' ? `exit code ${numberAt(span, 'process.exit.code')}` : '',
    numberAt(span, 'cq.spans.dropped') > 0 ? `${numberAt(span, 'cq.spans.dropped')} spans left out` : '',
  ]
    .filter((remark) => remark !== '')
    .join(', ')
}

const label = (span: SanitizedSpan): string => {
  const remark = remarks(span)
  return `${span.name}  ${formatMs(durationMs(span))}${remark === '' ? '' : `  (${remark})`}`
}

type Children = ReadonlyMap<string | undefined, readonly SanitizedSpan[]>

const childrenOf = (spans: readonly SanitizedSpan[]): Children => {
  const children = new Map<string | undefined, SanitizedSpan[]>()
  for (const span of spans) {
    const siblings = children.get(span.parentSpanId)
    if (siblings) siblings.push(span)
    else children.set(span.parentSpanId, [span])
  }
  return children
}

const sum = (spans: readonly SanitizedSpan[]): string =>
  `… ${spans.length} more  (${spans.reduce((total, span) => total + items(span), 0)} items)`

const branch = (span: SanitizedSpan, children: Children, indent: string, last: boolean): string[] => {
  const below = `${indent}${last ? '   ' : '│  '}`
  return [`${indent}${last ? '└─ ' : '├─ '}${label(span)}`, ...branches(span, children, below)]
}

const branches = (span: SanitizedSpan, children: Children, indent: string): string[] => {
  const own = children.get(span.spanId) ?? []
  const many = own.length > maxChildren
  const shown = many ? [...own].sort((a, b) => durationMs(b) - durationMs(a)).slice(0, maxChildren) : own
  const rest = own.filter((child) => !shown.includes(child))
  const lines = shown.flatMap((child, index) => branch(child, children, indent, !many && index === shown.length - 1))
  return many ? [...lines, `${indent}└─ ${sum(rest)}`] : lines
}

/** Lines, without an end of line. A span whose parent is not among them stands at the top. */
export const tree = (spans: readonly SanitizedSpan[]): string[] => {
  const known = new Set(spans.map(({ spanId }) => spanId))
  const children = childrenOf(spans)
  return spans
    .filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId))
    .flatMap((span) => [label(span), ...branches(span, children, '')])
}
