import type { Debug } from '../machine/debug.ts'
import type { Batch } from '../otlp/encode.ts'
import type { DeliveryState } from '../spool/delivery-state.ts'
import { type DestinationName, newName, timeOf } from '../spool/name.ts'
import type { Claim, Spool } from '../spool/reader.ts'
import { SpoolFile } from '../spool/writer.ts'
import type { BatchSender } from './batch-sender.ts'
import type { LossLedger } from './losses.ts'
import { fault, type Outcome, type Retry, retry } from './send/outcome.ts'
import { tooManyInVain } from './send/requests.ts'

export interface DeliveryOptions {
  readonly sender: BatchSender
  readonly spool: Spool
  /** The directory of the spool. */
  readonly directory: string
  readonly ledger: LossLedger
  readonly state: DeliveryState
  readonly debug: Debug
  /** Whether the user still allows sending. */
  readonly allowed: () => boolean
}

const refusedBy = (outcome: Outcome): number => (outcome.kind === 'rejected' ? outcome.count : 0)
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** The delivery of a drain to one destination. A failure does not affect the other destinations. */
export class Delivery {
  readonly name: DestinationName
  /** Whether sending goes on. It ends with the first failure. */
  due = true
  /** Why the server refused a whole request, as long as it has accepted none. */
  private doubt: string | undefined
  private readonly options: DeliveryOptions

  constructor(name: DestinationName, options: DeliveryOptions) {
    this.name = name
    this.options = options
  }

  /** Sends claimed files, and settles each as soon as the server has answered for all of it. Never rejects. */
  async send(claims: readonly Claim[]): Promise<void> {
    const own = this.due ? claims.filter((claim) => claim.name.destinations.includes(this.name)) : []
    if (own.length === 0) return
    try {
      this.save(await this.sendFiles(own))
    } catch (error) {
      this.fail(fault(error))
    }
  }

  private async sendFiles(claims: readonly Claim[]): Promise<Outcome[]> {
    const all: Outcome[] = []
    const outcomes = this.options.sender.send(claims.flatMap(({ batches }) => batches))
    for (const claim of claims) {
      const own: Outcome[] = []
      for (const _ of claim.batches) own.push((await outcomes.next()).value as Outcome)
      this.settle(claim, own)
      all.push(...own)
    }
    return all
  }

  /** Whether a batch stays in the spool. A refused batch is removed only if the server accepts others. */
  private stays(outcome: Outcome | undefined): boolean {
    return (
      outcome?.kind === 'retry' || (outcome?.kind === 'rejected' && !!outcome.whole && !this.options.sender.accepted())
    )
  }

  private settle(claim: Claim, outcomes: readonly Outcome[]): void {
    const { spool, ledger } = this.options
    if (!spool.holds(claim)) return
    const left = claim.batches.filter((_, index) => this.stays(outcomes[index]))
    if (left.length > 0 && (left.length === claim.batches.length || !this.keep(left, claim))) return
    const rejected = sum(outcomes.filter((outcome) => !this.stays(outcome)).map(refusedBy))
    ledger.add([this.name], { rejected, unreadable: claim.unreadable })
    spool.done(claim, this.name)
  }

  /**
   * Writes the unsent rest of a file to a file of its own, so that the delivered part is not sent again. Returns false
   * if the disk cannot be written: then the whole file stays. A kill in between sends the rest twice, with the same
   * ids.
   */
  private keep(batches: readonly Batch[], { name }: Claim): boolean {
    const rest = newName(name.generation, [this.name], 'jsonl', timeOf(name))
    const file = new SpoolFile(this.options.directory, rest)
    try {
      for (const { resource, spans } of batches) file.append(resource, spans)
      return file.close() > 0
    } catch {
      file.discardAfterError()
      return false
    }
  }

  /** Saves the result of the delivery, for this drain and for later processes. */
  private save(outcomes: readonly Outcome[]): void {
    const { sender, state, debug, allowed } = this.options
    const refused = outcomes.filter((outcome) => outcome.kind === 'rejected')
    this.doubt = sender.accepted() ? undefined : (refused.find(({ whole }) => whole)?.reason ?? this.doubt)
    const failure = outcomes.find((outcome) => outcome.kind === 'retry')
    // If the user has stopped sending, the failure says nothing about the server.
    if (failure && !allowed()) this.due = false
    else if (failure === tooManyInVain && this.doubt !== undefined) this.endPass()
    else if (failure) this.fail(failure)
    else if (this.doubt === undefined && sender.accepted()) state.delivered(this.name, sender.size())
    const events = sum(refused.map(({ count }) => count))
    if (!failure)
      debug(`${this.name}: ${outcomes.length} batches answered${events > 0 ? `, ${events} events refused` : ''}`)
  }

  private fail(failure: Retry): void {
    const { sender, state, debug } = this.options
    const reason = failure.code === undefined ? failure.reason : `${failure.reason} (${failure.code})`
    debug(`${this.name}: ${reason}`)
    this.due = false
    state.failed(this.name, { ...failure, reason }, sender.size())
  }

  /**
   * Ends a pass over the spool. A server that has refused everything is paused like one that cannot be reached, and
   * nothing is removed: a proxy or a wrong setting is more likely than events that are all invalid.
   */
  endPass(): void {
    if (this.due && this.doubt !== undefined)
      this.fail(retry(`it refuses everything (${this.doubt})`, { stop: 'soon' }))
  }
}
