import type { Removal } from '../schema/removals.ts'
import type { SanitizedResource, SanitizedSpan } from '../schema/sanitize.ts'

/**
 * Receives the spans of a run: the spool or the inspect log. The resource is a function, so that the identity in it is
 * only looked up if the spans are stored.
 */
export interface SpanSink {
  write(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): void
  /** Takes back the latest write. Returns false if it may already be sent, or if another write has followed. */
  takeBack?(): boolean
  /** Stores spans that are sent only if this process is killed. Returns a function that removes them. */
  mark(resource: () => SanitizedResource, spans: readonly SanitizedSpan[]): () => void
  /** Whether a crash report with this fingerprint is within the daily limit. */
  admitCrash(fingerprint: string): boolean
  /** Receives the values that were removed from spans. The spool does not implement it. */
  removed?(removals: readonly Removal[]): void
}

/** A sink that can discard what it has stored. */
export interface RevocableSink extends SpanSink {
  /** Deletes what the run has stored, and stores nothing more. */
  discard(): void
}
