import type { Debug } from '../machine/debug.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { destinationNames } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'
import { childCommand } from './child-command.ts'
import type { Delivery } from './delivery-mode.ts'
import type { Work } from './job.ts'
import { runAwaited, startDetached } from './process.ts'
import { isStartDue, keepStart, keepWaiting } from './schedule.ts'

export interface LaunchOptions {
  readonly delivery: Delivery
  /** The option `child` of the host. */
  readonly child: string | undefined
  /** Start it also where one was started a moment ago and little waits. */
  readonly atOnce?: boolean
}

interface Urgency {
  readonly awaited: boolean
  readonly atOnce: boolean
}

/** The reason why no child should be started now; undefined if one should. */
const reasonToWait = (
  files: Layout,
  work: Work,
  pending: Pending,
  { awaited, atOnce }: Urgency,
): string | undefined => {
  const state = new DeliveryState(files.deliveryState)
  if (!destinationNames.some((name) => work[name] && state.isDue(name))) {
    return 'the destinations are paused after a failure'
  }
  if (awaited) return undefined
  if (new DrainLock(files.drainLock).isHeld()) return 'another child is at work'
  if (atOnce || isStartDue(files.lastStart, pending)) return undefined
  keepWaiting(files.lastStart, pending.bytes)
  return 'a child was started less than ten minutes ago, and little waits'
}

/**
 * Starts the child that sends the spool, in the background or awaited. It is always awaited for lines that could not be
 * written to the spool, because no later run could send them. Never throws.
 */
export const launch = (work: Work, pending: Pending, options: LaunchOptions, debug: Debug): void => {
  const { delivery, child, atOnce = false } = options
  if (delivery.mode === 'manual') return debug('nothing is sent now: "cq-telemetry flush" sends')
  try {
    const { directory } = work
    const awaited = delivery.mode === 'inline' || work.lines !== undefined
    const command = childCommand(child)
    if (!command)
      return debug('nothing is sent now: there is no file of the child (option "child"), only "telemetry flush" sends')
    const files = directory === undefined ? undefined : layoutOf(directory)
    const reason = files && reasonToWait(files, work, pending, { awaited, atOnce })
    if (reason !== undefined) return debug(`nothing is sent now: ${reason}`)
    debug(`sending, ${awaited ? 'awaited' : 'in the background'} (${delivery.reason})`)
    if (awaited) runAwaited(command, work, debug)
    else if (files) {
      startDetached(command, work, files.directory)
      keepStart(files.lastStart)
    }
  } catch (error) {
    debug(`the child could not be started (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
  }
}
