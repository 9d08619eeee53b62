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

/** The cost beside the bare process of the same round. */
export const overBare = (round: readonly Round[]): Round[] =>
  round.flatMap((each) => {
    const base = round.find(({ subject, metric }) => subject === bare && metric === each.metric)
    if (!base || each === base) return []
    return [{ ...each, metric: `${each.metric} over bare`, value: each.value - base.value }]
  })
