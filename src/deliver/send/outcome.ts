/** The result of sending something to either destination. Expected failures are values; nothing here is thrown. */
export type Outcome = { readonly kind: 'delivered' } | Rejected | Retry

/** The server has refused `count` of the events for good and has accepted the others. Nothing is sent again. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: string
  readonly count: number
  /**
   * The server refused the request as a whole. This says something about the events only if it has accepted others,
   * since it may refuse everything.
   */
  readonly whole?: true
}

/** Sending may succeed later. */
export interface Retry {
  readonly kind: 'retry'
  readonly reason: string
  /** Node's code of a network error, e.g. `ECONNREFUSED`. */
  readonly code?: string
  /** Milliseconds that the server asks to wait. */
  readonly afterMs?: number
  /**
   * Only the publisher can fix this, so sending stops for a day: at once (`now`), or after the third failure (`soon`).
   */
  readonly stop?: 'now' | 'soon'
}

export const delivered: Outcome = { kind: 'delivered' }
export const rejected = (reason: string, count: number, more: Pick<Rejected, 'whole'> = {}): Rejected => ({
  kind: 'rejected',
  reason,
  count,
  ...more,
})
export const retry = (reason: string, more: Pick<Retry, 'code' | 'afterMs' | 'stop'> = {}): Retry => ({
  kind: 'retry',
  reason,
  ...more,
})

/**
 * An error of our own code. What could not be sent stays, as after any failure. The error's message may contain data,
 * so it is left out.
 */
export const fault = (error: unknown): Retry =>
  retry(`a fault of cq-telemetry (${error instanceof Error ? error.name : 'unknown'})`)

export const isOutcome = (value: object): value is Outcome => 'kind' in value

/** One outcome for several items that stay or leave together. For no items it is `delivered`. */
export const together = (outcomes: readonly Outcome[]): Outcome => {
  const failure = outcomes.find((outcome) => outcome.kind === 'retry')
  if (failure) return failure
  const refusals = outcomes.filter((outcome) => outcome.kind === 'rejected')
  if (refusals.length === 0) return delivered
  const reasons = new Set(refusals.map(({ reason }) => reason))
  return rejected(
    [...reasons].join('; '),
    refusals.reduce((sum, { count }) => sum + count, 0),
    refusals.some(({ whole }) => whole) ? { whole: true } : {},
  )
}
