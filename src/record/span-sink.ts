import type { Removal } from '../schema/removals.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'

/**
 * Where the spans of a run go: the spool, or the inspect log. The resource holds the identity, so it is a function that is
 * called only where the spans are kept.
 */
export interface SpanSink {
  write(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): void
  /** Keeps spans for the next run to report if this process is killed. Returns how to take them back. */
  mark(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): () => void
  /** Whether a crash report with this fingerprint is still within the limit of the day. */
  admitCrash(fingerprint: string): boolean
  /** Is told what is left out of the spans; the spool has no use for it. */
  removed?(removals: readonly Removal[]): void
}
