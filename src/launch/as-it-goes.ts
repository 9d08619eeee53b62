import type { Debug } from '../machine/debug.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { layoutOf } from '../machine/layout.ts'
import { destinationNames } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'
import type { Delivery } from './delivery-mode.ts'
import type { Work } from './job.ts'
import { launch, type LaunchOptions } from './launch.ts'

/** Least milliseconds between two children that one run starts before its end. */
const everyMs = 1_000

/** While a run goes on, everything that waits is in the spool. */
const inTheSpool: Pending = { bytes: 0, others: [], crash: false, lines: [] }

type ChildOptions = Pick<LaunchOptions, 'child' | 'workingDirectory' | 'command'>

/** Starts the children of one run: while it goes on, and at its end. */
export class Deliveries {
  private readonly work: Work
  private readonly delivery: Delivery
  private readonly child: ChildOptions
  private readonly debug: Debug
  /** Time of the last start before the end of the run. */
  private lastEarly = -Infinity

  constructor(work: Work, delivery: Delivery, child: ChildOptions, debug: Debug) {
    this.work = work
    this.delivery = delivery
    this.child = child
    this.debug = debug
  }

  /** Whether this tool's runs start children at all. */
  get sends(): boolean {
    return this.delivery.mode !== 'manual'
  }

  /** Whether the command waits for the child at its end. */
  get awaited(): boolean {
    return this.delivery.mode === 'inline'
  }

  /** Whether a child may be started now: not with manual delivery, and not while all destinations are paused. */
  get isDue(): boolean {
    const { directory } = this.work
    if (!this.sends || directory === undefined) return false
    const state = new DeliveryState(layoutOf(directory).deliveryState)
    return destinationNames.some((name) => this.work[name] && state.isDue(name))
  }

  /** Starts a child in the background while the run goes on, even if the command waits for the child at its end. */
  early(): void {
    if (this.sends) this.atMostEachSecond({ ...this.delivery, mode: 'detached', reason: 'the run goes on' })
  }

  /** Sends when the host asks for it, in the same way as at the end of a run. */
  asked(): void {
    this.atMostEachSecond(this.delivery)
  }

  private atMostEachSecond(delivery: Delivery): void {
    const now = performance.now()
    if (now - this.lastEarly < everyMs) return
    this.lastEarly = now
    launch(this.work, inTheSpool, { ...this.options(delivery), goesOn: true }, this.debug)
  }

  private options(delivery: Delivery): LaunchOptions {
    return { delivery, ...this.child, atOnce: this.lastEarly > -Infinity }
  }

  /**
   * Sends at the end of the run. If the first part was already sent, the child starts at once, since the run would be
   * incomplete until the next child.
   */
  end(pending: Pending): void {
    const { lines } = pending
    const work = lines.length > 0 ? { ...this.work, lines } : this.work
    launch(work, pending, this.options(this.delivery), this.debug)
  }
}
