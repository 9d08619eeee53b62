import { readChoice } from '../consent/choice.ts'
import type { Debug } from '../machine/debug.ts'
import { alreadyDeclared, declared } from '../schema/custom.ts'
import { type Claim, Spool } from '../spool/reader.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { CrashLimit } from '../spool/crash-limit.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { filesOverLimits, defaultLimits, type Limits } from '../spool/limits.ts'
import { decodeLines } from '../otlp/decode.ts'
import type { Batch } from '../otlp/encode.ts'
import { type DestinationName, destinationNames, markedSpan, type SpoolName } from '../spool/name.ts'
import type { Job } from '../launch/job.ts'
import { LossLedger, lossesOf } from './losses.ts'
import type { Retry } from './send/outcome.ts'
import { type Sent, senders } from './send/senders.ts'

/** What one request carries at most: it holds the child's memory, and what a refusal or a kill repeats, small. */
const maxFiles = 500
const maxBytes = 1_000_000

const consentFileOf = ({ directory }: Job): string | undefined =>
  directory === undefined ? undefined : layoutOf(directory).consent

/**
 * Consent is read again here, and before each request to Rudder: the user may have said no in the meantime. (The
 * official exporter tries again by itself; the child ends when the choice changes.)
 */
export const allowedGeneration = (job: Job): string | undefined => {
  const choice = readChoice(consentFileOf(job))
  return choice.kind === 'enabled' ? choice.generation : undefined
}

const installationOf = ([batch]: readonly Batch[]): unknown => batch?.resource.attributes['app.installation.id']

/** A request carries one random id: an older id beside a new one would tell that they are the same person. */
const byInstallation = (claims: readonly Claim[]): Claim[][] => {
  const groups = new Map<unknown, Claim[]>()
  for (const claim of claims) {
    const id = installationOf(claim.batches)
    groups.set(id, [...(groups.get(id) ?? []), claim])
  }
  return [...groups.values()]
}

export interface DrainResult {
  /** Files that wait for another time. */
  readonly left: number
}

/** What is told of the host's own attributes; `cq-telemetry flush` knows no declarations. */
const customRule = ({ attributes }: Job) => (attributes ? declared(attributes) : alreadyDeclared)

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
      for (const group of byInstallation(this.take(names))) {
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
    const excess = filesOverLimits(this.spool, limits)
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

  /** Takes the next files off the list, as many as one request carries, and claims those that are wanted. */
  private take(names: SpoolName[]): Claim[] {
    const claims: Claim[] = []
    for (let bytes = 0; names.length > 0 && bytes < maxBytes && claims.length < maxFiles;) {
      const name = names.shift() as SpoolName
      const claim = markedSpan(name) === undefined && this.wanted(name) ? this.spool.claim(name) : undefined
      if (!claim) continue
      this.ledger.meet(claim)
      claims.push(claim)
      bytes += claim.bytes
    }
    return claims
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
    const sent = await senders[name](
      claims.map(({ batches }) => batches),
      this.job,
      () => this.allowed,
    )
    this.note(name, sent)
    for (const [index, claim] of claims.entries()) {
      const { outcome, rejected } = sent[index] as Sent
      if (outcome.kind === 'retry') continue
      this.ledger.add([name], { rejected, unreadable: claim.unreadable })
      this.spool.done(claim, name)
    }
  }

  /** Keeps how the destination stands, for this pass and for the processes to come. */
  private note(name: DestinationName, sent: readonly Sent[]): void {
    const failure = sent.map(({ outcome }) => outcome).find((outcome): outcome is Retry => outcome.kind === 'retry')
    const refused = sent.reduce((sum, { rejected }) => sum + rejected, 0)
    this.debug(
      `${name}: ${failure ? failure.reason : `${sent.length} files done`}${refused > 0 ? `, ${refused} events refused` : ''}`,
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

/** What no disk took: one try. Where nothing can be written there may be no choice either. */
const sendLines = async (lines: readonly string[], job: Job, debug: Debug): Promise<void> => {
  const allowed = () => ['enabled', 'none'].includes(readChoice(consentFileOf(job)).kind)
  if (!allowed()) return debug('nothing is sent: the choice of the user is no')
  const batches = decodeLines(lines, customRule(job)).flat()
  const names = destinationNames.filter((name) => job[name])
  await Promise.all(
    names.map(async (name) => {
      const [sent] = await senders[name]([batches], job, allowed)
      debug(`${name}: ${sent?.outcome.kind ?? 'nothing'}`)
    }),
  )
}

/**
 * Sends what waits, until nothing is left that could be sent now. After the lock is released it looks again: a run that
 * ended meanwhile saw the lock and started no child of its own. Never rejects.
 */
export const drain = async (job: Job, debug: Debug, limits = defaultLimits): Promise<DrainResult> => {
  if (job.lines) await sendLines(job.lines, job, debug)
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
