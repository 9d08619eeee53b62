import type { Removal } from '../schema/removals.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'

/**
 * Receives the spans of a run: the spool or the inspect log. The resource is a function, so that the identity in it is
 * only looked up if the spans are stored.
 */
export interface SpanSink {
  write(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): void
  /** Takes back what was written last. Returns false if it may be on its way, or something else has followed. */
  takeBack?(): boolean
  /** Stores spans that are sent only if this process is killed. Returns a function that removes them. */
  mark(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): () => void
  /** Whether a crash report with this fingerprint is within the daily limit. */
  admitCrash(fingerprint: string): boolean
  /** Receives what was left out of the spans. The spool does not need it. */
  removed?(removals: readonly Removal[]): void
}

/** A sink that can take back what it has stored. */
export interface RevocableSink extends SpanSink {
  /** Deletes what the run has stored, and stores nothing more. */
  discard(): void
}
