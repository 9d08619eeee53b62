import type { Diagnostic } from '../api/telemetry.ts'

/** The result of one fetch of a resource. */
export interface Fetch {
  readonly count: number
  readonly errors: number
  readonly ms: number
}

/** Sums over any number of fetches, in constant memory. */
export class Tally {
  count = 0
  fetches = 0
  errors = 0
  ms = 0
  /** Fetches without an error. */
  successes = 0

  add({ count, errors, ms }: Fetch): void {
    this.count += count
    this.errors += errors
    this.ms += ms
    this.fetches += 1
    if (errors === 0) this.successes += 1
  }
}

/** Counts of diagnostics under the keys `by_severity.<severity>` and `by_type.<type>`. */
export class DiagnosticCounts {
  private readonly counts = new Map<string, number>()

  add({ severity, type }: Diagnostic): void {
    for (const path of [`by_severity.${severity}`, `by_type.${type}`]) {
      this.counts.set(path, this.at(path) + 1)
    }
  }

  at(path: string): number {
    return this.counts.get(path) ?? 0
  }
}
