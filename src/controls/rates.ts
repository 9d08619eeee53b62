/** A share of all operations, or of those that it names: from 0 to 1. */
export type Rate = number | Readonly<Record<string, number>>

/** The object is the host's: reading it may throw. */
const shareOf = (rate: Rate | null | undefined, operation: string): number => {
  try {
    const isObject = typeof rate === 'object' && rate !== null
    return Number(isObject ? (Object.hasOwn(rate, operation) ? rate[operation] : 1) : (rate ?? 1))
  } catch {
    return 0
  }
}

/** Of a million, at least one where the rate is above 0. What is no rate leaves all out. */
const millionths = (rate: Rate | null | undefined, operation: string): number => {
  const share = shareOf(rate, operation)
  return share > 0 ? Math.max(1, Math.round(share * 1_000_000)) : 0
}

/** Of a million operations of this name, how many are recorded: what the lowest of the rates says. */
export const perMillion = (rates: readonly (Rate | undefined)[], operation: string): number =>
  Math.min(1_000_000, ...rates.map((rate) => millionths(rate, operation)))
