/** A share of all operations, or of those that it names: from 0 to 1. */
export type Rate = number | Readonly<Record<string, number>>

/** A rate above 0 is at least one of a million. */
const millionths = (rate: Rate | undefined, operation: string): number => {
  const share = typeof rate === 'object' ? (Object.hasOwn(rate, operation) ? rate[operation] : 1) : rate
  return share === undefined ? 1_000_000 : share > 0 ? Math.max(1, Math.round(share * 1_000_000)) : 0
}

/** Of a million operations of this name, how many are recorded: what the lowest of the rates says. */
export const perMillion = (rates: readonly (Rate | undefined)[], operation: string): number =>
  Math.min(1_000_000, ...rates.map((rate) => millionths(rate, operation)))
