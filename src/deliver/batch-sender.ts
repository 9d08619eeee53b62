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
  /** Whether the server has taken anything. */
  readonly accepted: () => boolean
  /** Most items of one request; infinite unless the server has asked for fewer. */
  readonly size: () => number
  /** Yields an outcome for each batch, in order, as soon as it is known. Never rejects. */
  readonly send: (batches: readonly Batch[]) => AsyncGenerator<Outcome, void>
}

/** A batch that cannot be mapped, by a fault of ours, does not hold the others. */
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

/** In the place of a sender that cannot be made. */
const broken = (error: unknown): BatchSender => ({
  accepted: () => false,
  size: () => Number.POSITIVE_INFINITY,
  async *send(batches) {
    for (const _ of batches) yield fault(error)
  },
})

/** For a destination that the job has. Never throws. */
export const senderFor = (name: DestinationName, job: Job, options: Omit<SendOptions, 'deadlineMs'>): BatchSender => {
  try {
    return senders[name](job, { ...options, deadlineMs: Math.max(1, job.endsAfterMs - performance.now()) })
  } catch (error) {
    return broken(error)
  }
}
