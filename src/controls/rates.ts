/** A share from 0 to 1: of all operations, or of those that it names. */
export type Rate = number | Readonly<Record<string, number>>

/** The object belongs to the host, and reading it may throw. */
const shareOf = (rate: Rate | undefined, operation: string): unknown => {
  try {
    if (typeof rate !== 'object' || Array.isArray(rate)) return rate ?? 1
    return Object.hasOwn(rate, operation) ? rate[operation] : 1
  } catch {
    return 0
  }
}

/** The rate of an operation in millionths, at least one if the rate is above 0. An invalid rate is 0. */
const millionths = (rate: Rate | undefined, operation: string): number => {
  const share = shareOf(rate, operation)
  return typeof share === 'number' && share > 0 && share <= 1 ? Math.max(1, Math.round(share * 1_000_000)) : 0
}

/** How many of a million operations of this name are recorded: the lowest of the rates. */
export const perMillion = (rates: readonly (Rate | undefined)[], operation: string): number =>
  Math.min(1_000_000, ...rates.map((rate) => millionths(rate, operation)))
