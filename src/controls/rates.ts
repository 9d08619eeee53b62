/** A share from 0 to 1: of all operations, or of those that it names. */
export type Rate = number | Readonly<Record<string, number>>

/** The object belongs to the host, and reading it may throw. */
const shareOf = (rate: Rate | null | undefined, operation: string): number => {
  try {
    const isObject = typeof rate === 'object' && rate !== null
    return Number(isObject ? (Object.hasOwn(rate, operation) ? rate[operation] : 1) : (rate ?? 1))
  } catch {
    return 0
  }
}

/** The rate of an operation in millionths, at least one if the rate is above 0. An invalid rate is 0. */
const millionths = (rate: Rate | null | undefined, operation: string): number => {
  const share = shareOf(rate, operation)
  return share > 0 ? Math.max(1, Math.round(share * 1_000_000)) : 0
}

/** How many of a million operations of this name are recorded: the lowest of the rates. */
export const perMillion = (rates: readonly (Rate | undefined)[], operation: string): number =>
  Math.min(1_000_000, ...rates.map((rate) => millionths(rate, operation)))
