/** More items than a server is likely to limit. From this size on there is no limit. */
const noLimit = 5_000

/**
 * The most items of one request. No server tells its limit, so it is found out: the size is halved when a request was
 * too large, and grows by an eighth with each full request that is accepted, up to the size that was too large for this
 * sender.
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
