import type { Diagnostic } from '../api/telemetry.ts'

/** What a fetch of a resource came to. */
export interface Fetch {
  readonly count: number
  readonly errors: number
  readonly ms: number
}

/** Sums over fetches. Exact at any number: what is kept does not grow with it. */
export class Tally {
  count = 0
  fetches = 0
  errors = 0
  ms = 0
  /** Fetches without an error. */
  clean = 0

  add({ count, errors, ms }: Fetch): void {
    this.count += count
    this.errors += errors
    this.ms += ms
    this.fetches += 1
    if (errors === 0) this.clean += 1
  }
}

/** Diagnostics by severity and by type; the paths are those of the table. */
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
