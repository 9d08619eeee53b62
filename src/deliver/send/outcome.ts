/** What became of a batch. Expected failures are values; nothing here is thrown. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** It can never work as it is: it is removed and counted. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** It may work later: it stays. */
  | Retry

export interface Retry {
  readonly kind: 'retry'
  readonly reason: string
  /** Milliseconds: the server's wish. */
  readonly afterMs?: number
  /** Only the publisher can mend it: `now` for a server that says that it is gone for good. */
  readonly stop?: 'now' | 'soon'
}

export const delivered: Outcome = { kind: 'delivered' }
export const rejected = (reason: string): Outcome => ({ kind: 'rejected', reason })
export const retry = (reason: string, more: Pick<Retry, 'afterMs' | 'stop'> = {}): Outcome => ({
  kind: 'retry',
  reason,
  ...more,
})
