import type { Round } from './suite.ts'

/** What the samples of one subject in one case come to. */
export interface Row extends Omit<Round, 'value' | 'censored'> {
  /** The samples, in the order in which they were taken. */
  readonly values: readonly number[]
  readonly n: number
  readonly median: number
  /** Between these the median of all samples that could be taken lies with 95 %; below six samples, the extremes. */
  readonly low: number
  readonly high: number
  readonly censored: boolean
}

/** By linear interpolation between the neighbours. */
export const quantile = (sorted: readonly number[], q: number): number => {
  const at = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}

/**
 * How many of the smallest, and of the largest, are left out of the interval: the median lies below the k-th smallest of n
 * with the probability of fewer than k heads in n throws of a coin (the interval of the sign test).
 */
const outside = (n: number): number => {
  let [k, below, chance] = [0, 0, 0.5 ** n]
  for (; below + chance <= 0.025; k++) {
    below += chance
    chance *= (n - k) / (k + 1)
  }
  return k > 0 ? k - 1 : 0
}

const rowOf = (group: readonly Round[]): Row => {
  const { value: _value, censored: _censored, ...named } = group[0] as Round
  const values = group.map(({ value }) => value)
  const sorted = [...values].sort((a, b) => a - b)
  const cut = outside(sorted.length)
  return {
    ...named,
    values,
    n: values.length,
    median: quantile(sorted, 0.5),
    low: sorted[cut] ?? 0,
    high: sorted[sorted.length - 1 - cut] ?? 0,
    censored: group.some(({ censored }) => censored === true),
  }
}

export const rowsOf = (rounds: readonly Round[]): Row[] => {
  const groups = new Map<string, Round[]>()
  for (const round of rounds) {
    const key = [round.suite, round.case, round.subject, round.metric].join('\0')
    groups.set(key, [...(groups.get(key) ?? []), round])
  }
  return [...groups.values()].map(rowOf)
}

type Interval = Pick<Row, 'low' | 'high'>

/** Only where the intervals do not overlap is there a difference to speak of. */
export const compare = (one: Interval, other: Interval): 'less' | 'more' | 'no difference' => {
  if (one.high < other.low) return 'less'
  return one.low > other.high ? 'more' : 'no difference'
}

/** The ratio of two medians, between the least and the most that their intervals allow. */
export const ratioOf = (
  one: Row,
  other: Row,
): { readonly ratio: number; readonly low: number; readonly high: number } => ({
  ratio: one.median / other.median,
  low: one.low / other.high,
  high: one.high / Math.max(other.low, Number.EPSILON),
})
