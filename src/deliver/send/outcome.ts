/** The result of sending something to either destination. Expected failures are values; nothing here is thrown. */
export type Outcome = { readonly kind: 'delivered' } | Rejected | Retry

/** The server has refused `count` of the events for good, and has the others. Nothing is sent again. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: string
  readonly count: number
}

/** Sending may succeed later. */
export interface Retry {
  readonly kind: 'retry'
  readonly reason: string
  /** Milliseconds for which the server wants to be left alone. */
  readonly afterMs?: number
  /** Only the publisher can mend this, so sending stops for a day: at once (`now`), or after the third time (`soon`). */
  readonly stop?: 'now' | 'soon'
}

export const delivered: Outcome = { kind: 'delivered' }
export const rejected = (reason: string, count: number): Rejected => ({ kind: 'rejected', reason, count })
export const retry = (reason: string, more: Pick<Retry, 'afterMs' | 'stop'> = {}): Retry => ({
  kind: 'retry',
  reason,
  ...more,
})

/** One outcome for several things that stay or leave together; for none at all it is `delivered`. */
export const together = (outcomes: readonly Outcome[]): Outcome => {
  const failure = outcomes.find((outcome) => outcome.kind === 'retry')
  if (failure) return failure
  const refusals = outcomes.filter((outcome) => outcome.kind === 'rejected')
  if (refusals.length === 0) return delivered
  const reasons = new Set(refusals.map(({ reason }) => reason))
  return rejected(
    [...reasons].join('; '),
    refusals.reduce((sum, { count }) => sum + count, 0),
  )
}

/** One outcome for each group; `outcomes` has those of the members, group after group. */
export const outcomeOfEach = (groups: readonly (readonly unknown[])[], outcomes: readonly Outcome[]): Outcome[] => {
  let at = 0
  return groups.map(({ length }) => together(outcomes.slice(at, (at += length))))
}
