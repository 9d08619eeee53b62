import type { ViewRun } from './runs.ts'
import { byParent, errorsOf, formatMs, plural, textAt, type ViewSpan } from './view-span.ts'

/** The parts of a run's title. An empty text stands for a part that the run does not have. */
export interface RunTitle {
  /** The tool and its first operation, e.g. `cloudquery fetch`. */
  readonly name: string
  readonly version: string
  readonly duration: string
  readonly errors: number
  readonly verdict: string
}

const typeOf = (span: ViewSpan): string => textAt(span, 'cq.span.type')
const nameIn = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * The number of errors that the operations count. Other instrumentation does not count errors, so its failed spans are
 * counted.
 */
const errorsIn = (spans: readonly ViewSpan[]): number => {
  const types = new Map(spans.map((span) => [span.spanId, typeOf(span)]))
  const outermost = spans.filter(
    (span) => typeOf(span) === 'operation' && types.get(span.parentSpanId ?? '') !== 'operation',
  )
  const counted = outermost.reduce((sum, span) => sum + errorsOf(span), 0)
  if (counted > 0) return counted
  const failed = spans.filter((span) => span.failed)
  const parents = byParent(failed)
  return failed.filter(({ spanId }) => !parents.has(spanId)).length
}

export const rangeOf = (spans: readonly ViewSpan[]): readonly [number, number] =>
  spans.reduce<readonly [number, number]>(
    ([from, to], { startMs, endMs }) => [Math.min(from, startMs), Math.max(to, endMs)],
    [Infinity, -Infinity],
  )

/** `verdict` says what happens to a run that is not from an inspect log, e.g. `waits to be sent`. */
export const titleOf = ({ spans, resource, inspected }: ViewRun, verdict: string): RunTitle => {
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs)
  const root = byParent(sorted).get(undefined)?.[0]
  const tool = nameIn(resource['service.name']) || (root?.name ?? 'Telemetry')
  const operation = sorted.find((span) => typeOf(span) === 'operation')?.name ?? root?.name ?? ''
  const [from, to] = rangeOf(spans)
  return {
    name: operation === '' || operation === tool ? tool : `${tool} ${operation}`,
    version: nameIn(resource['service.version']),
    duration: spans.length === 0 ? '' : formatMs(to - from),
    errors: errorsIn(spans),
    verdict: inspected ? 'nothing was sent' : verdict,
  }
}

/** The title as one line, e.g. `cloudquery fetch · 1.04 s · 2 errors · nothing was sent · 1.2.3`. */
export const titleLine = ({ name, version, duration, errors, verdict }: RunTitle): string =>
  [name, duration, errors === 0 ? 'no errors' : plural(errors, 'error'), verdict, version]
    .filter((part) => part !== '')
    .join(' · ')
