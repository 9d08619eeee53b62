import { randomBytes } from 'node:crypto'
import { alreadyPublic } from '../schema/names.ts'
import { type HrTime, sanitizeSpan, type SanitizedResource } from '../schema/sanitize.ts'
import { type LossReason, lossReasons } from '../schema/vocabulary.ts'
import { SpoolFile } from '../spool/writer.ts'
import type { Claim } from '../spool/reader.ts'
import type { Batch } from '../otlp/encode.ts'
import { type DestinationName, newName } from '../spool/name.ts'

/**
 * Numbers of lost events, by reason. A report of losses is an event like any other: it stays in the spool until it is
 * delivered. If it is lost itself, its numbers are added to the next report.
 */
export type Losses = Partial<Record<LossReason, number>>

export const addLosses = (to: Losses, from: Losses): Losses =>
  Object.fromEntries(
    lossReasons.flatMap((reason) => {
      const sum = (to[reason] ?? 0) + (from[reason] ?? 0)
      return sum > 0 ? [[reason, sum]] : []
    }),
  )

/** Losses are counted in runs and operations. */
export const eventsIn = (batches: readonly Batch[]): number =>
  batches.flatMap(({ spans }) => spans).filter(({ type }) => type === 'run' || type === 'operation').length

/** The losses if these batches are removed. Reports of losses among them add the numbers that they report. */
export const lossesOf = (batches: readonly Batch[], reason: LossReason): Losses => {
  const reported = batches
    .flatMap(({ spans }) => spans)
    .filter(({ type }) => type === 'delivery')
    .map(({ attributes }) =>
      Object.fromEntries(lossReasons.map((each) => [each, Number(attributes[`cq.lost.${each}`] ?? 0)])),
    )
  return reported.reduce(addLosses, { [reason]: eventsIn(batches) })
}

const report = (resource: SanitizedResource, losses: Losses, now: number): Batch => {
  const time: HrTime = [Math.floor(now / 1000), (now % 1000) * 1_000_000]
  const attributes = Object.fromEntries(Object.entries(losses).map(([reason, count]) => [`cq.lost.${reason}`, count]))
  const span = sanitizeSpan(
    {
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: undefined,
      startTime: time,
      endTime: time,
      attributes: { 'cq.span.type': 'delivery', ...attributes },
    },
    resource,
    alreadyPublic,
  )
  return { resource, spans: span ? [span] : [] }
}

/** Losses of one pass over the spool, by the destinations that did not get the events. */
export class LossLedger {
  private readonly byDestinations = new Map<string, Losses>()
  private resource: SanitizedResource | undefined

  /** A report of losses has the resource of a run of the same tool: that of the first run that this pass reads. */
  useResourceOf({ batches }: Claim): void {
    this.resource ??= batches[0]?.resource
  }

  get hasResource(): boolean {
    return this.resource !== undefined
  }

  add(destinations: readonly DestinationName[], losses: Losses): void {
    const key = destinations.join('+')
    this.byDestinations.set(key, addLosses(this.byDestinations.get(key) ?? {}, losses))
  }

  /** Writes the reports to the spool. Throws if the spool cannot be written. */
  write(directory: string, generation: string, now = Date.now()): void {
    if (!this.resource) return
    for (const [key, losses] of this.byDestinations) {
      if (Object.keys(losses).length === 0) continue
      const batch = report(this.resource, losses, now)
      const file = new SpoolFile(directory, newName(generation, key.split('+') as DestinationName[], 'jsonl'))
      try {
        file.append(batch.resource, batch.spans)
        file.close()
      } catch (error) {
        file.discardAfterError()
        throw error
      }
      this.byDestinations.delete(key)
    }
  }
}
