/** What became of a batch. Expected failures are values; nothing here is thrown. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** It can never work as it is: it is removed and counted. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** It may work later: it stays. `afterMs` is the server's wish, or a guess of ours. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }

export const delivered: Outcome = { kind: 'delivered' }
export const rejected = (reason: string): Outcome => ({ kind: 'rejected', reason })
export const retry = (reason: string, afterMs?: number): Outcome => ({
  kind: 'retry',
  reason,
  ...(afterMs !== undefined && { afterMs }),
})
