/**
 * Milliseconds for which a failure counts. Otherwise a bridge that gets no requests because it is not ready would never
 * be ready again. The collector tries at least each minute (to/rudder.yaml).
 */
const evidenceMs = 120_000

/** Whether RudderStack accepts anything, according to its answers. */
export class RudderHealth {
  /** Seconds since 1970; 0 for never. */
  lastSuccess = 0
  private failing: { readonly since: number; readonly last: number; readonly reason: string } | undefined
  private readonly afterMs: number
  private readonly now: () => number

  /** `now` returns milliseconds of a clock that only goes forward. */
  constructor(afterMs: number, now = () => performance.now()) {
    this.afterMs = afterMs
    this.now = now
  }

  succeeded(): void {
    this.failing = undefined
    this.lastSuccess = Date.now() / 1000
  }

  failed(reason: string): void {
    const last = this.now()
    const since = this.failing && !this.isOld(this.failing.last) ? this.failing.since : last
    this.failing = { since, last, reason }
  }

  /** Why RudderStack is not available; undefined if there is no sign of that. */
  problem(): string | undefined {
    if (!this.failing || this.isOld(this.failing.last)) return undefined
    const { since, reason } = this.failing
    const forMs = this.now() - since
    return forMs >= this.afterMs ? `Rudder has taken nothing for ${Math.floor(forMs / 1000)} s (${reason})` : undefined
  }

  private isOld(time: number): boolean {
    return this.now() - time > evidenceMs
  }
}
