import type { Job } from '../launch/job.ts'
import type { Debug } from '../machine/debug.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import type { Batch } from '../otlp/encode.ts'
import { alreadyDeclared, declared } from '../schema/custom.ts'
import { type Claim, Spool } from '../spool/reader.ts'
import { CrashLimit } from '../spool/crash-limit.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { defaultLimits, type Limits } from '../spool/limits.ts'
import { type DestinationName, destinationNames, type SpoolName } from '../spool/name.ts'
import { allowedGeneration } from './allowed.ts'
import { byInstallation, claimNext } from './claims.ts'
import { LossLedger } from './losses.ts'
import { pruneSpool, removeStale } from './prune.ts'
import { trackEvents } from './rudder/mapping.ts'
import { sendToOtlp } from './send/otlp.ts'
import { type Outcome, outcomeOfEach } from './send/outcome.ts'
import type { SendOptions } from './send/requests.ts'
import { sendEvents } from './send/rudder.ts'

export interface DrainResult {
  /** Files that are left in the spool for a later drain. */
  readonly left: number
}

/** Sends batches to one of the job's destinations. Returns an outcome for each batch. */
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
  const options = { deadlineMs: Math.max(1, job.endsAfterMs - performance.now()), allowed }
  return outcomeOfEach(files, await senders[name](files.flat(), job, options))
}

/** Which of the host's own attributes may be sent. `cq-telemetry flush` does not know the host's declarations. */
export const customRule = ({ attributes }: Job) => (attributes ? declared(attributes) : alreadyDeclared)

const refusedBy = (outcome: Outcome): number => (outcome.kind === 'rejected' ? outcome.count : 0)

/** One pass over the spool, oldest file first: claims files, sends them, and removes what was delivered. */
class Drain {
  private readonly job: Job
  private readonly files: Layout
  private readonly generation: string
  private readonly state: DeliveryState
  private readonly debug: Debug
  private readonly spool: Spool
  private readonly crashes: CrashLimit
  private readonly ledger = new LossLedger()
  /** Destinations to which this pass sends. A destination is removed after its first failure. */
  private readonly due: Set<DestinationName>

  constructor(job: Job, files: Layout, generation: string, debug: Debug) {
    this.job = job
    this.files = files
    this.generation = generation
    this.state = new DeliveryState(files.deliveryState)
    this.debug = debug
    this.crashes = new CrashLimit(files.crashes)
    this.spool = new Spool(files.spool, this.crashes, customRule(job))
    this.due = new Set(destinationNames.filter((name) => job[name] !== undefined && this.state.isDue(name)))
  }

  private get allowed(): boolean {
    return allowedGeneration(this.job) === this.generation
  }

  private get overdue(): boolean {
    return performance.now() >= this.job.endsAfterMs
  }

  /** Whether the file could be sent now to one of its destinations. */
  private wanted(name: SpoolName): boolean {
    return name.destinations.some((destination) => this.due.has(destination)) && this.spool.isFree(name)
  }

  get hasWork(): boolean {
    return !this.overdue && this.spool.names().some((name) => this.wanted(name))
  }

  get left(): number {
    return this.spool.names().filter(({ state }) => state === 'jsonl' || state.startsWith('claim')).length
  }

  /** Returns whether it could claim a file. */
  async run(limits: Limits): Promise<boolean> {
    removeStale(this.spool, this.generation)
    pruneSpool(this.spool, limits, this.ledger, () => this.report())
    const names = this.spool.names()
    let claimed = false
    while (names.length > 0 && !this.overdue) {
      const claims = claimNext(names, this.spool, (name) => this.wanted(name))
      for (const claim of claims) this.ledger.useResourceOf(claim)
      claimed ||= claims.length > 0
      for (const group of byInstallation(claims)) {
        if (!this.allowed) return claimed
        await this.send(group)
        this.report()
      }
    }
    this.reportSuppressed()
    this.report()
    return claimed
  }

  private async send(claims: readonly Claim[]): Promise<void> {
    const due = this.overdue ? [] : [...this.due]
    await Promise.all(
      due.map((name) =>
        this.sendTo(
          name,
          claims.filter((claim) => claim.name.destinations.includes(name)),
        ),
      ),
    )
    for (const claim of claims) this.spool.release(claim)
  }

  private async sendTo(name: DestinationName, claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return
    const files = claims.map(({ batches }) => batches)
    const outcomes = await sendFiles(name, files, this.job, () => this.allowed)
    this.saveResult(name, outcomes)
    for (const [index, claim] of claims.entries()) {
      const outcome = outcomes[index] as Outcome
      if (outcome.kind === 'retry') continue
      this.ledger.add([name], { rejected: refusedBy(outcome), unreadable: claim.unreadable })
      this.spool.done(claim, name)
    }
  }

  /** Saves how the delivery went, for this pass and for later processes. */
  private saveResult(name: DestinationName, outcomes: readonly Outcome[]): void {
    const failure = outcomes.find((outcome) => outcome.kind === 'retry')
    const refused = outcomes.reduce((sum, outcome) => sum + refusedBy(outcome), 0)
    this.debug(
      `${name}: ${failure ? failure.reason : `${outcomes.length} files done`}${refused > 0 ? `, ${refused} events refused` : ''}`,
    )
    if (!failure) return this.state.delivered(name)
    this.due.delete(name)
    this.state.failed(name, failure)
  }

  /** Reports crash reports that the daily limit left out. Needs a resource, since reading their count also resets it. */
  private reportSuppressed(): void {
    const destinations = destinationNames.filter((name) => this.job[name])
    if (this.ledger.hasResource && destinations.length > 0) {
      this.ledger.add(destinations, { suppressed: this.crashes.takeSuppressed() })
    }
  }

  private report(): void {
    try {
      this.ledger.write(this.files.spool, this.generation)
    } catch {
      this.debug('the report of what was lost could not be written')
    }
  }
}

/**
 * Sends what is in the spool until nothing is left that could be sent now. It looks again after it has released the lock,
 * because a run that ended meanwhile found the lock taken and started no child of its own. Never rejects.
 */
export const drain = async (job: Job, debug: Debug, limits = defaultLimits): Promise<DrainResult> => {
  if (job.directory === undefined) return { left: 0 }
  const files = layoutOf(job.directory)
  const generation = allowedGeneration(job)
  if (generation === undefined) {
    debug('nothing is sent: the choice of the user is no, or cannot be read')
    return { left: 0 }
  }
  const lock = new DrainLock(files.drainLock)
  for (;;) {
    const pass = new Drain(job, files, generation, debug)
    let claimed = false
    const ran = await lock.alone(async () => {
      claimed = await pass.run(limits)
    })
    if (!ran) debug('another drain is at work')
    // Files that cannot be claimed, in a directory that cannot be written for instance, are not tried again and again.
    if (!claimed || !pass.hasWork || allowedGeneration(job) !== generation) return { left: pass.left }
  }
}
