import type { Debug } from '../machine/debug.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { destinationNames } from '../spool/name.ts'
import { childCommand } from './child-command.ts'
import type { Delivery } from './delivery-mode.ts'
import type { Work } from './job.ts'
import { runAwaited, startDetached } from './process.ts'
import { mayStart } from './schedule.ts'

export interface LaunchOptions {
  readonly delivery: Delivery
  /** The option `child` of the host. */
  readonly child: string | undefined
}

/**
 * The reason why no child should be started now. Returns undefined if one should, and then keeps the time of the start.
 */
const reasonToWait = (files: Layout, work: Work, awaited: boolean): string | undefined => {
  const state = new DeliveryState(files.deliveryState)
  if (!destinationNames.some((name) => work[name] && state.isDue(name))) {
    return 'the destinations are paused after a failure'
  }
  if (!awaited && (new DrainLock(files.drainLock).isHeld() || !mayStart(files.lastStart))) {
    return 'another child is at work, or was a moment ago'
  }
  return undefined
}

/**
 * Starts the child that sends the spool, in the background or awaited. It is always awaited for lines that could not be
 * written to the spool, because no later run could send them. Never throws.
 */
export const launch = (work: Work, { delivery, child }: LaunchOptions, debug: Debug): void => {
  if (delivery.mode === 'manual') return debug('nothing is sent now: "cq-telemetry flush" sends')
  try {
    const { directory } = work
    const awaited = delivery.mode === 'inline' || work.lines !== undefined
    const command = childCommand(child)
    if (!command)
      return debug('nothing is sent now: there is no file of the child (option "child"), only "telemetry flush" sends')
    const reason = directory === undefined ? undefined : reasonToWait(layoutOf(directory), work, awaited)
    if (reason !== undefined) return debug(`nothing is sent now: ${reason}`)
    debug(`sending, ${awaited ? 'awaited' : 'in the background'} (${delivery.reason})`)
    if (awaited) runAwaited(command, work, debug)
    else if (directory !== undefined) startDetached(command, work, directory)
  } catch (error) {
    debug(`the child could not be started (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
  }
}
