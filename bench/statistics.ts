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

export interface Row extends Omit<Round, 'value' | 'censored'> {
  readonly n: number
  readonly median: number
  readonly p10: number
  readonly p90: number
  readonly censored: boolean
}

/** By linear interpolation between the neighbours. */
export const quantile = (sorted: readonly number[], q: number): number => {
  const at = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}

export const rowsOf = (rounds: readonly Round[]): Row[] => {
  const groups = new Map<string, Round[]>()
  for (const round of rounds) {
    const key = [round.suite, round.case, round.subject, round.metric].join('\0')
    groups.set(key, [...(groups.get(key) ?? []), round])
  }
  return [...groups.values()].map((group) => {
    const { suite, case: name, subject, metric, unit } = group[0] as Round
    const values = group.map(({ value }) => value).sort((a, b) => a - b)
    return {
      suite,
      case: name,
      subject,
      metric,
      unit,
      n: values.length,
      median: quantile(values, 0.5),
      p10: quantile(values, 0.1),
      p90: quantile(values, 0.9),
      censored: group.some(({ censored }) => censored === true),
    }
  })
}
