import { stamped, type TrackEvent } from './event.ts'

/** Rudder answers 413 above 4,096,000 bytes, counted after decompression. */
export const maxBatchBytes = 4_000_000

export const encodeBatch = (events: readonly TrackEvent[], sentAt: Date): string =>
  JSON.stringify({ batch: events.map((event) => stamped(event, sentAt)) })

const sentAtBytes = 48

/** As few batches as the limit allows, in order. */
export const batches = (events: readonly TrackEvent[], maxBytes = maxBatchBytes): TrackEvent[][] => {
  const result: TrackEvent[][] = []
  let used = Number.POSITIVE_INFINITY
  for (const event of events) {
    const bytes = Buffer.byteLength(JSON.stringify(event)) + sentAtBytes
    if (used + bytes > maxBytes) {
      result.push([])
      used = 0
    }
    result.at(-1)?.push(event)
    used += bytes
  }
  return result
}
