import { sentParts, type TrackEvent } from './event.ts'

/** Rudder answers 413 above 4,096,000 bytes, counted after decompression. */
export const maxBatchBytes = 4_000_000

/** An event as JSON in two parts. Each attempt puts `sentAt`, the time at which it sends the event, between them. */
export interface EncodedEvent {
  readonly event: TrackEvent
  readonly head: string
  readonly tail: string
  readonly bytes: number
}

const sentAtBytes = 48

/** The schema allows ASCII only, so the length of a text is its number of bytes. */
export const encodeEvent = (event: TrackEvent): EncodedEvent => {
  const [before, after] = sentParts(event)
  const head = JSON.stringify(before).slice(0, -1)
  const tail = JSON.stringify(after).slice(1)
  return { event, head, tail, bytes: head.length + tail.length + sentAtBytes }
}

/** The body of a request: the same bytes as `JSON.stringify` of the events with `sentAt`. */
export const encodeBatch = (events: readonly EncodedEvent[], sentAt: Date): string => {
  const stamp = `,"sentAt":"${sentAt.toISOString()}",`
  return `{"batch":[${events.map(({ head, tail }) => head + stamp + tail).join(',')}]}`
}

/** Splits events into as few batches as the limit allows, in order. */
export const batches = (events: readonly EncodedEvent[], maxBytes = maxBatchBytes): EncodedEvent[][] => {
  const result: EncodedEvent[][] = []
  let used = Number.POSITIVE_INFINITY
  for (const event of events) {
    if (used + event.bytes > maxBytes) {
      result.push([])
      used = 0
    }
    result.at(-1)?.push(event)
    used += event.bytes
  }
  return result
}
