/** The result of one check. */
export interface Check {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'problem'
  readonly says: string
  /** What the user can do about it. */
  readonly remedy?: string
}
