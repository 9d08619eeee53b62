import type { Debug } from '../machine/debug.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { type Claim, Spool } from '../spool/reader.ts'
import { CrashLimit } from '../spool/crash-limit.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { beyond, defaultLimits, type Limits } from '../spool/limits.ts'
import { type DestinationName, destinationNames, type SpoolName } from '../spool/name.ts'
import type { Job } from '../launch/job.ts'
import { allowedGeneration } from './allowed.ts'
import { byInstallation, claimNext } from './claims.ts'
import { LossLedger, lossesOf } from './losses.ts'
import type { Outcome } from './send/outcome.ts'
import { sendFiles } from './send/senders.ts'
import { customRule, sendUnspooled } from './unspooled.ts'

export interface DrainResult {
  /** Files that wait for another time. */
  readonly left: number
}

const refusedBy = (outcome: Outcome): number => (outcome.kind === 'rejected' ? outcome.count : 0)

/** One pass over the spool, oldest first: claim, send, settle. */
class Drain {
  private readonly job: Job
  private readonly files: Layout
  private readonly generation: string
  private readonly state: DeliveryState
  private readonly debug: Debug
  private readonly spool: Spool
  private readonly crashes: CrashLimit
  private readonly ledger = new LossLedger()
  /** Destinations that are asked in this pass. The first failure takes one out. */
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
    return Date.now() >= this.job.deadline
  }

  /** There is something that could be sent now. */
  private wanted(name: SpoolName): boolean {
    return name.destinations.some((destination) => this.due.has(destination)) && this.spool.isFree(name)
  }

  get hasWork(): boolean {
    return !this.overdue && this.spool.names().some((name) => this.wanted(name))
  }

  get left(): number {
    return this.spool.names().filter(({ state }) => state === 'jsonl' || state.startsWith('claim')).length
  }

  async run(limits: Limits): Promise<void> {
    this.tidy()
    this.prune(limits)
    const names = this.spool.names()
    while (names.length > 0 && !this.overdue) {
      const claims = claimNext(names, this.spool, (name) => this.wanted(name))
      for (const claim of claims) this.ledger.meet(claim)
      for (const group of byInstallation(claims)) {
        if (!this.allowed) return
        await this.send(group)
        this.report()
      }
    }
    this.reportSuppressed()
    this.report()
  }

  /** What was recorded under another choice is never sent, whoever made the choice, and whenever. */
  private tidy(): void {
    const names = this.spool.names()
    for (const name of names) {
      if (name.generation !== this.generation || this.spool.isOrphan(name, names)) this.spool.remove(name)
    }
  }

  /**
   * The loss is written down before the files go: a child that is killed between tells it twice rather than never. Of what
   * is read to be counted one file at a time is in memory.
   */
  private prune(limits: Limits): void {
    const excess = beyond(this.spool, limits)
    for (const { name } of excess) if (name.state === 'held') this.spool.remove(name)
    const gone = excess.flatMap(({ name, why }) => {
      const claim = name.state === 'held' ? undefined : this.spool.claim(name)
      if (!claim) return []
      this.ledger.meet(claim)
      this.ledger.add(name.destinations, lossesOf(claim.batches, why))
      return [claim.name]
    })
    this.report()
    for (const name of gone) this.spool.remove(name)
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
    this.note(name, outcomes)
    for (const [index, claim] of claims.entries()) {
      const outcome = outcomes[index] as Outcome
      if (outcome.kind === 'retry') continue
      this.ledger.add([name], { rejected: refusedBy(outcome), unreadable: claim.unreadable })
      this.spool.done(claim, name)
    }
  }

  /** Keeps how it went, for this pass and for the processes to come. */
  private note(name: DestinationName, outcomes: readonly Outcome[]): void {
    const failure = outcomes.find((outcome) => outcome.kind === 'retry')
    const refused = outcomes.reduce((sum, outcome) => sum + refusedBy(outcome), 0)
    this.debug(
      `${name}: ${failure ? failure.reason : `${outcomes.length} files done`}${refused > 0 ? `, ${refused} events refused` : ''}`,
    )
    if (!failure) return this.state.delivered(name)
    this.due.delete(name)
    this.state.failed(name, failure)
  }

  /** Only where there is a run to speak for them: they are forgotten when they are taken. */
  private reportSuppressed(): void {
    const destinations = destinationNames.filter((name) => this.job[name])
    if (this.ledger.hasSpeaker && destinations.length > 0) {
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
 * Sends what waits, until nothing is left that could be sent now. After the lock is released it looks again: a run that
 * ended meanwhile saw the lock and started no child of its own. Never rejects.
 */
export const drain = async (job: Job, debug: Debug, limits = defaultLimits): Promise<DrainResult> => {
  if (job.lines) await sendUnspooled(job.lines, job, debug)
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
    const ran = await lock.alone(() => pass.run(limits))
    if (!ran) debug('another drain is at work')
    if (!ran || !pass.hasWork || allowedGeneration(job) !== generation) return { left: pass.left }
  }
}
