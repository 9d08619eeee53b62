import type { Job } from '../../launch/job.ts'
import type { Batch } from '../../otlp/encode.ts'
import type { DestinationName } from '../../spool/name.ts'
import { trackEvents } from '../rudder/mapping.ts'
import { sendToOtlp } from './otlp.ts'
import { type Outcome, outcomeOfEach } from './outcome.ts'
import type { SendOptions } from './requests.ts'
import { sendEvents } from './rudder.ts'

/** Returns an outcome for each batch. */
type Send = (batches: readonly Batch[], job: Job, options: SendOptions) => Promise<Outcome[]>

const toRudder: Send = async (batches, { rudder }, options) => {
  const events = batches.map(({ resource, spans }) => spans.flatMap((span) => trackEvents(span, resource)))
  return outcomeOfEach(events, await sendEvents(events.flat(), rudder as NonNullable<Job['rudder']>, options))
}

const toOtlp: Send = (batches, { otlp }, options) => sendToOtlp(batches, otlp as NonNullable<Job['otlp']>, options)

const senders: Readonly<Record<DestinationName, Send>> = { rudder: toRudder, otlp: toOtlp }

/**
 * Sends the batches of several files to one of the job's destinations, in as few requests as possible. Returns an
 * outcome for each file; never rejects.
 */
export const sendFiles = async (
  name: DestinationName,
  files: readonly (readonly Batch[])[],
  job: Job,
  allowed: () => boolean,
): Promise<Outcome[]> => {
  const options = { deadlineMs: Math.max(1, job.deadline - Date.now()), allowed }
  return outcomeOfEach(files, await senders[name](files.flat(), job, options))
}
