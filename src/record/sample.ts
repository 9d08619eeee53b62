import type { Span } from '@opentelemetry/sdk-trace'
import type { Intervals } from './intervals.ts'

/** Which operations are recorded. */
export interface Sampling {
  /** Of a million operations of this name, how many are recorded. */
  readonly perMillion: (name: string) => number
  readonly intervals?: Intervals | undefined
  /** All are recorded that could be: for a user or a test that looks at what is sent. */
  readonly showsAll: boolean
}

const million = 1_000_000

/** Hex digits of a span id that a number holds exactly. */
const digits = 13

/**
 * Whether an operation that starts is recorded, with the spans below it. If not all of its name are, its rate is set on it, so
 * that questions can weigh by it. Its id decides, which is random.
 */
export const isSampled = (span: Span, sampling: Sampling | undefined): boolean => {
  const perMillion = sampling?.perMillion(span.attributes['cq.operation.name'] as string) ?? million
  if (perMillion >= million) return true
  if (perMillion > 0) span.setAttribute('cq.sample.per_million', perMillion)
  const share = Number.parseInt(span.spanContext().spanId.slice(0, digits), 16) / 16 ** digits
  return sampling?.showsAll ? perMillion > 0 : share < perMillion / million
}
