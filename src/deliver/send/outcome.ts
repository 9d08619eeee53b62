/** What became of something that was sent, at either destination. Expected failures are values; nothing here is thrown. */
export type Outcome = { readonly kind: 'delivered' } | Rejected | Retry

/** The server will never take `count` events of it; it has the others. All of it leaves the spool. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: string
  readonly count: number
}

/** It may work later: it stays in the spool. */
export interface Retry {
  readonly kind: 'retry'
  readonly reason: string
  /** Milliseconds for which the server wants to be left alone. */
  readonly afterMs?: number
  /** Only the publisher can mend it: at once (`now`), or if the server says so three times (`soon`). */
  readonly stop?: 'now' | 'soon'
}

export const delivered: Outcome = { kind: 'delivered' }
export const rejected = (reason: string, count: number): Rejected => ({ kind: 'rejected', reason, count })
export const retry = (reason: string, more: Pick<Retry, 'afterMs' | 'stop'> = {}): Retry => ({
  kind: 'retry',
  reason,
  ...more,
})

/** One outcome for several things that stay or leave together. Nothing at all is delivered. */
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
