import type { Job } from '../launch/job.ts'
import type { Debug } from '../machine/debug.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { alreadyDeclared, declared } from '../schema/custom.ts'
import { type Claim, Spool } from '../spool/reader.ts'
import { CrashLimit } from '../spool/crash-limit.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { defaultLimits, type Limits } from '../spool/limits.ts'
import { type Lost, readLost } from '../spool/lost.ts'
import { type DestinationName, destinationNames, type SpoolName } from '../spool/name.ts'
import { allowedGeneration, mayReportLosses } from './allowed.ts'
import { admitted } from './ask-controls.ts'
import { senderFor } from './batch-sender.ts'
import { byInstallation, claimNext } from './claims.ts'
import { Delivery } from './delivery.ts'
import { LossLedger } from './losses.ts'
import { removeExpired, removeOverflow, removeStale } from './prune.ts'

export interface DrainResult {
  /** The number of files that are left in the spool for a later drain. */
  readonly left: number
}

/**
 * Decides which of the host's own attributes may be sent. `cq-telemetry flush` does not know the host's declarations.
 */
export const customRule = ({ attributes }: Job) => (attributes ? declared(attributes) : alreadyDeclared)

/**
 * One pass over the spool, oldest file first. It claims files, sends them, removes what was delivered, and then removes
 * what exceeds the limits.
 */
class Drain {
  private readonly job: Job
  private readonly files: Layout
  private readonly generation: string
  private readonly debug: Debug
  private readonly spool: Spool
  private readonly crashes: CrashLimit
  private readonly ledger = new LossLedger()
  private readonly deliveries: readonly Delivery[]
  private readonly admitted: ReturnType<typeof admitted>
  /** Counts of lost events that are in the ledger. Their files stay until the ledger is written. */
  private lost: readonly Lost[] = []
  /** The claimed files that are being sent. */
  private claims: readonly Claim[] = []

  constructor(job: Job, files: Layout, generation: string, debug: Debug) {
    this.job = job
    this.files = files
    this.generation = generation
    this.debug = debug
    this.crashes = new CrashLimit(files.crashes)
    this.admitted = admitted(job)
    this.spool = new Spool(files.spool, customRule(job))
    const state = new DeliveryState(files.deliveryState)
    this.deliveries = destinationNames
      .filter((name) => job[name] !== undefined && (job.ignorePauses === true || state.isDue(name)))
      .map((name) => this.deliveryTo(name, state))
  }

  private deliveryTo(name: DestinationName, state: DeliveryState): Delivery {
    const { spool, ledger, debug } = this
    const allowed = () => this.allowed && this.claims.every((claim) => spool.holds(claim))
    const size = state.sizeOf(name)
    const sender = senderFor(name, this.job, { allowed, ...(size !== undefined && { size }) })
    return new Delivery(name, { sender, spool, directory: this.files.spool, ledger, state, debug, allowed })
  }

  private get allowed(): boolean {
    return allowedGeneration(this.job) === this.generation
  }

  private get overdue(): boolean {
    return performance.now() >= this.job.endsAfterMs
  }

  /** Whether the file can be sent to one of its destinations now. */
  private wanted(name: SpoolName): boolean {
    const isDue = this.deliveries.some((delivery) => delivery.due && name.destinations.includes(delivery.name))
    return isDue && this.spool.isFree(name)
  }

  get hasWork(): boolean {
    return !this.overdue && this.spool.names().some((name) => this.wanted(name))
  }

  get left(): number {
    return this.spool.names().filter(({ state }) => state === 'jsonl' || state.startsWith('claim')).length
  }

  /** Runs the pass. Returns whether it could claim a file. */
  async run(limits: Limits): Promise<boolean> {
    removeStale(this.spool, this.generation)
    removeExpired(this.spool, limits, this.ledger, () => this.report())
    const names = this.spool.names()
    let claimed = false
    while (names.length > 0 && !this.overdue) {
      const claims = claimNext(names, this.spool, (name) => this.wanted(name)).map((claim) => ({
        ...claim,
        batches: this.admitted(claim.batches),
      }))
      for (const claim of claims) this.ledger.useResourceOf(claim)
      claimed ||= claims.length > 0
      for (const group of byInstallation(claims)) {
        if (!this.allowed) return claimed
        await this.send(group)
        this.report()
      }
    }
    for (const delivery of this.deliveries) delivery.endPass()
    const takes = (name: DestinationName) => this.deliveries.some((delivery) => delivery.due && delivery.name === name)
    removeOverflow(this.spool, limits, takes, this.ledger, () => this.report())
    this.reportSuppressed()
    this.reportLost()
    return claimed
  }

  private async send(claims: readonly Claim[]): Promise<void> {
    this.claims = claims
    if (!this.overdue) await Promise.all(this.deliveries.map((delivery) => delivery.send(claims)))
    for (const claim of claims) this.spool.release(claim)
  }

  /**
   * Reports the number of crash reports that the daily limit suppressed. It needs a resource, since reading the number
   * also resets it.
   */
  private reportSuppressed(): void {
    const destinations = destinationNames.filter((name) => this.job[name])
    if (this.ledger.hasResource && destinations.length > 0) {
      this.ledger.add(destinations, { suppressed: this.crashes.takeSuppressed() })
    }
  }

  /**
   * Reports the events that commands had to drop. The counts are removed afterwards, so a kill in between reports them
   * twice.
   */
  private reportLost(): void {
    if (this.lost.length === 0 && this.ledger.hasResource) {
      this.lost = readLost(this.files.lost, this.generation)
      for (const { destinations, events } of this.lost) this.ledger.add(destinations, { overflow: events })
    }
    if (!this.report()) return
    for (const { remove } of this.lost) remove()
    this.lost = []
  }

  private report(): boolean {
    if (!mayReportLosses(this.job)) return true
    try {
      this.ledger.write(this.files.spool, this.generation)
      return true
    } catch {
      this.debug('the report of what was lost could not be written')
      return false
    }
  }
}

/**
 * Sends the spool until nothing is left that can be sent now. After it has released the lock it looks again, because a
 * run that ended meanwhile found the lock taken and started no child of its own. Never rejects.
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
  const pass = new Drain(job, files, generation, debug)
  for (;;) {
    let claimed = false
    const ran = await lock.alone(async () => {
      claimed = await pass.run(limits)
    })
    if (!ran) debug('another drain is at work')
    // If no file could be claimed, for instance in a read-only directory, another pass would not help.
    if (!claimed || !pass.hasWork || allowedGeneration(job) !== generation) return { left: pass.left }
  }
}
