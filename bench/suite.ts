/** One sample, as it was measured. */
export interface Round {
  readonly suite: string
  readonly case: string
  readonly subject: string
  readonly metric: string
  readonly unit: string
  readonly value: number
  /** The process did not end within the limit and was killed: the value is the least that it would have been. */
  readonly censored?: true
}

export interface RunOptions {
  readonly rounds: number
  /** One of the suite's cases, or all of them. */
  readonly only: string | undefined
  readonly progress: (text: string) => void
}

export interface Suite {
  readonly name: string
  readonly about: string
  readonly cases: readonly string[]
  run(options: RunOptions): Promise<Round[]>
}

export const bare = 'bare process'
export const worstAttack = 'the worst of all'

/** What a subject takes beyond another one in the same round. */
export const over = (round: readonly Round[], than: string, name: string): Round[] =>
  round.flatMap((each) => {
    const base = round.find(({ subject, metric }) => subject === than && metric === each.metric)
    if (!base || each === base) return []
    return [{ ...each, metric: `${each.metric} over ${name}`, value: each.value - base.value }]
  })

export const overBare = (round: readonly Round[]): Round[] => over(round, bare, 'bare')
