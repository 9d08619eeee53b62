import type { HrTime, SanitizedSpan } from '../schema/sanitize.ts'

/** A span as the views show it, from this run or from a file. Times are Unix times in milliseconds, with fractions. */
export interface ViewSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

export const msOf = ([seconds, nanos]: HrTime): number => seconds * 1e3 + nanos / 1e6

export const viewSpan = (span: SanitizedSpan): ViewSpan => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId,
  name: span.name,
  startMs: msOf(span.startTime),
  endMs: msOf(span.endTime),
  failed: span.attributes['cq.success'] === false,
  attributes: span.attributes,
})

export const numberAt = ({ attributes }: ViewSpan, key: string): number => {
  const value = attributes[key]
  return typeof value === 'number' ? value : 0
}

export const textAt = ({ attributes }: ViewSpan, key: string): string => {
  const value = attributes[key]
  return typeof value === 'string' ? value : ''
}

/** Number of items that a span and its descendants have fetched. */
export const itemsOf = (span: ViewSpan): number =>
  numberAt(span, span.attributes['cq.span.type'] === 'resource' ? 'cq.resource.count' : 'cq.resources.count')

export const errorsOf = (span: ViewSpan): number => numberAt(span, 'cq.errors')

export const formatMs = (ms: number): string => {
  if (ms < 1000) return `${ms.toFixed(1)} ms`
  return ms < 60_000
    ? `${(ms / 1000).toFixed(2)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** The remarks beside a span's name and duration: items, errors, status, exit code. */
export const remarksOf = (span: ViewSpan): string[] => {
  const { attributes } = span
  const isRun = attributes['cq.span.type'] === 'run'
  const dropped = numberAt(span, 'cq.spans.dropped')
  return [
    itemsOf(span) > 0 ? plural(itemsOf(span), 'item') : '',
    errorsOf(span) > 0 ? plural(errorsOf(span), 'error') : '',
    textAt(span, 'cq.fetch.status'),
    textAt(span, 'error.type'),
    isRun ? `exit code ${numberAt(span, 'process.exit.code')}` : '',
    dropped > 0 ? `${plural(dropped, 'span')} left out` : '',
  ].filter((remark) => remark !== '')
}

/** Groups spans by the id of their parent; roots, and spans whose parent is not in the list, are under `undefined`. */
export const byParent = (spans: readonly ViewSpan[]): ReadonlyMap<string | undefined, readonly ViewSpan[]> => {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const children = new Map<string | undefined, ViewSpan[]>()
  for (const span of spans) {
    const { parentSpanId } = span
    const parent =
      parentSpanId !== undefined && parentSpanId !== span.spanId && ids.has(parentSpanId) ? parentSpanId : undefined
    const siblings = children.get(parent)
    if (siblings) siblings.push(span)
    else children.set(parent, [span])
  }
  return children
}
