import type { Batch } from '../../otlp/encode.ts'
import type { DestinationName } from '../../spool/name.ts'
import type { Job } from '../../launch/job.ts'
import { eventsIn } from '../losses.ts'
import type { Outcome } from './outcome.ts'
import { trackEvents } from '../rudder/mapping.ts'

/** What became of a file's batches at one destination. */
export interface Sent {
  readonly outcome: Outcome
  /** Events that the destination refused for good. */
  readonly rejected: number
}

/** Sends the batches of several files as one request, and tells what became of each. Never rejects. */
type Send = (files: readonly (readonly Batch[])[], job: Job, allowed: () => boolean) => Promise<Sent[]>

/** Each exporter is evaluated only where there is something for it. */
const toRudder: Send = async (files, { rudder, deadline }, allowed) => {
  const { sendToRudder } = await import('./rudder.ts')
  const owners = new Map<string, number>()
  const events = files.flatMap((batches, index) =>
    batches.flatMap(({ resource, spans }) =>
      spans.flatMap((span) => {
        const mapped = trackEvents(span, resource)
        for (const { messageId } of mapped) owners.set(messageId, index)
        return mapped
      }),
    ),
  )
  const deadlineMs = Math.max(1, deadline - Date.now())
  const report = await sendToRudder(events, rudder as NonNullable<Job['rudder']>, { deadlineMs, allowed })
  const rejected = files.map(() => 0)
  for (const { messageId, event } of [...report.rejected.values()].flat()) {
    const owner = owners.get(messageId)
    // The loss of a report of losses is not reported: it would be lost the same way.
    if (owner !== undefined && event !== 'delivery') rejected[owner] = (rejected[owner] ?? 0) + 1
  }
  return files.map((_, index) => ({ outcome: report.outcome, rejected: rejected[index] ?? 0 }))
}

const worst = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.find(({ kind }) => kind === 'retry') ?? outcomes.at(-1) ?? { kind: 'delivered' }

const toOtlp: Send = async (files, { otlp, deadline }) => {
  const { sendToOtlp } = await import('./otlp.ts')
  const outcomes = await sendToOtlp(files.flat(), otlp as NonNullable<Job['otlp']>, deadline)
  let at = 0
  return files.map((batches) => {
    const own = outcomes.slice(at, (at += batches.length))
    return { outcome: worst(own), rejected: eventsIn(batches.filter((_, index) => own[index]?.kind === 'rejected')) }
  })
}

export const senders: Record<DestinationName, Send> = { rudder: toRudder, otlp: toOtlp }
