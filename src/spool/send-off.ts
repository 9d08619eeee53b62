import { dirname } from 'node:path'
import type { Job } from '../deliver/job.ts'
import type { Debug } from '../policy/debug.ts'
import type { Delivery } from '../policy/delivery.ts'
import { childCommand } from './child.ts'
import { runAwaited, startDetached } from './handover.ts'
import { destinationNames } from './name.ts'
import { Schedule } from './schedule.ts'

export interface SendOffOptions {
  readonly delivery: Delivery
  /** Where the child's code is, if not in the package. */
  readonly child: string | undefined
}

type Work = Omit<Job, 'deadline'>

/** Why no child is started now, if none is. */
const whyNot = (schedule: Schedule | undefined, work: Work, inline: boolean): string | undefined => {
  if (schedule && !destinationNames.some((name) => work[name] && schedule.isDue(name))) {
    return 'the destinations did not answer lately'
  }
  if (!inline && schedule && !schedule.mayStart()) return 'another child is at work, or was a moment ago'
  return undefined
}

/**
 * Gets what the run has left on its way: one child, in the background or awaited. What no disk took cannot wait for
 * another time, so it is sent by an awaited child where others go in the background. Never throws.
 */
export const sendOff = (work: Work, { delivery, child }: SendOffOptions, debug: Debug): void => {
  if (delivery.mode === 'manual') return debug('nothing is sent now: "cq-telemetry flush" sends')
  try {
    const directory = work.consent && dirname(work.consent)
    const inline = delivery.mode === 'inline' || work.lines !== undefined
    const command = childCommand(child)
    if (!command) return debug('the file of the child is missing (option "child"): "cq-telemetry flush" sends')
    const reason = whyNot(directory === undefined ? undefined : new Schedule(directory), work, inline)
    if (reason !== undefined) return debug(`nothing is sent now: ${reason}`)
    debug(`sending, ${inline ? 'awaited' : 'in the background'} (${delivery.reason})`)
    if (inline) runAwaited(command, work, debug)
    else if (directory !== undefined) startDetached(command, work, directory)
  } catch (error) {
    debug(`the child could not be started (${(error as NodeJS.ErrnoException).code ?? 'no code'}): it stays spooled`)
  }
}
