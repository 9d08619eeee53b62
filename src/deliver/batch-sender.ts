import type { Job } from '../launch/job.ts'
import type { Batch } from '../otlp/encode.ts'
import type { DestinationName } from '../spool/name.ts'
import { trackEvents } from './rudder/mapping.ts'
import { otlpSender } from './send/otlp.ts'
import { fault, type Outcome, together } from './send/outcome.ts'
import type { Sender, SendOptions } from './send/requests.ts'
import { encodeOrRefuse, rudderSender } from './send/rudder.ts'

/** Sends batches to one destination, until its deadline. */
export interface BatchSender {
  /** Whether the server has accepted anything. */
  readonly accepted: () => boolean
  /** Most items of one request; infinite unless the server has asked for fewer. */
  readonly size: () => number
  /** Yields an outcome for each batch, in order, as soon as it is known. Never rejects. */
  readonly send: (batches: readonly Batch[]) => AsyncGenerator<Outcome, void>
}

/**
 * The entries of a batch. If a fault of ours prevents the mapping, the batch gets an outcome and does not hold up the
 * others.
 */
const orFault = <Entry>(entries: () => Entry[]): (Entry | Outcome)[] => {
  try {
    return entries()
  } catch (error) {
    return [fault(error)]
  }
}

const batchSender = <Item extends object>(
  sender: Sender<Item>,
  entriesOf: (batch: Batch) => (Item | Outcome)[],
): BatchSender => ({
  accepted: () => sender.accepted,
  size: () => sender.size,
  async *send(batches) {
    const groups = batches.map((batch) => orFault(() => entriesOf(batch)))
    const outcomes = sender.send(groups.flat())
    for (const group of groups) {
      const own: Outcome[] = []
      for (const _ of group) own.push((await outcomes.next()).value as Outcome)
      yield together(own)
    }
  },
})

const collectorSender = (otlp: NonNullable<Job['otlp']>, options: SendOptions): BatchSender =>
  batchSender(otlpSender(otlp, options), (batch) => [batch])

const senders: Readonly<Record<DestinationName, (job: Job, options: SendOptions) => BatchSender>> = {
  rudder: ({ rudder }, options) =>
    batchSender(rudderSender(rudder as NonNullable<Job['rudder']>, options), ({ resource, spans }) =>
      spans.flatMap((span) => trackEvents(span, resource)).map(encodeOrRefuse),
    ),
  otlp: ({ otlp }, options) => collectorSender(otlp as NonNullable<Job['otlp']>, options),
  redirect: ({ redirect }, options) => collectorSender(redirect as NonNullable<Job['redirect']>, options),
}

/** Stands in for a sender that could not be made. */
const broken = (error: unknown): BatchSender => ({
  accepted: () => false,
  size: () => Number.POSITIVE_INFINITY,
  async *send(batches) {
    for (const _ of batches) yield fault(error)
  },
})

/** The sender for a destination of the job. Never throws. */
export const senderFor = (name: DestinationName, job: Job, options: Omit<SendOptions, 'deadlineMs'>): BatchSender => {
  try {
    return senders[name](job, { ...options, deadlineMs: Math.max(1, job.endsAfterMs - performance.now()) })
  } catch (error) {
    return broken(error)
  }
}
