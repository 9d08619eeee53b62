/** One thing that was looked at. */
export interface Check {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'problem'
  readonly says: string
  /** What to do. */
  readonly remedy?: string
}
