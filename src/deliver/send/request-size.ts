/** A larger number of items than a server is likely to limit: the limit is forgotten. */
const noLimit = 5_000

/**
 * The most items of one request, which no server tells. It is halved where a request was too much, and grows by an eighth
 * with each full request that is taken, below what was too much for the same sender.
 */
export const requestSize = (known = Number.POSITIVE_INFINITY) => {
  let size = known
  let tooMany = Number.POSITIVE_INFINITY
  return {
    items: (): number => size,
    refused(items: number): void {
      tooMany = items
      size = Math.ceil(items / 2)
    },
    taken(items: number): void {
      if (items < size) return
      size = Math.max(1, Math.min(items + Math.ceil(items / 8), tooMany - 1))
      if (size > noLimit) size = Number.POSITIVE_INFINITY
    },
  }
}
