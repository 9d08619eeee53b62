import type { Debug } from '../machine/debug.ts'
import { removeFile, replace } from '../machine/files.ts'
import { sha1 } from '../machine/ids.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { join, os } from '../machine/node.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { destinationNames } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'
import { type ChildCommand, childCommand } from './child-command.ts'
import type { Delivery } from './delivery-mode.ts'
import type { Work } from './job.ts'
import { runAwaited, startDetached } from './process.ts'
import { keepStart, keepWaiting, startFor } from './schedule.ts'

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

const nothingPending: Pending = { bytes: 0, crash: false, lines: [] }

/** Says that a try took too long, for the ten minutes of `startFor`: for this user, home and destination. */
const slowTryFile = ({ directory, rudder, otlp }: Work): string => {
  const whose = [process.geteuid?.(), directory, rudder?.dataPlaneUrl, otlp?.url].join(' ')
  return join(os().tmpdir(), `cq-telemetry-${sha1(whose).slice(0, 12)}`)
}

/**
 * The reason why no child should be started now; undefined if one should. What is asked first lets most runs ask nothing
 * else: each file costs 20 ms in a home on a slow network.
 */
const reasonToWait = (
  files: Layout,
  work: Work,
  pending: Pending,
  { awaited, atOnce }: Urgency,
): string | undefined => {
  const start = awaited || atOnce ? 'early' : startFor(files.lastStart, pending)
  if (start === 'later') {
    keepWaiting(files.lastStart, pending.bytes)
    return 'a child was started less than ten minutes ago, and little waits'
  }
  const state = new DeliveryState(files.deliveryState)
  if (!destinationNames.some((name) => work[name] && state.isDue(name))) {
    return 'the destinations are paused after a failure'
  }
  // A child that was started more than ten minutes ago is over.
  const mayMeet = !awaited && start === 'early'
  return mayMeet && new DrainLock(files.drainLock).isHeld() ? 'another child is at work' : undefined
}

/**
 * Sends lines that could not be written to the disk, unless an earlier try took all of its time: a command must not wait for a
 * silent server each time. Where even that cannot be kept, in the temporary directory, nothing is tried.
 */
const tryOnce = (command: ChildCommand, work: Work, debug: Debug): void => {
  const file = slowTryFile(work)
  if (startFor(file, nothingPending) === 'later') return debug('nothing is sent now: the last try took too long')
  replace(file, `${Date.now()}\n`)
  if (runAwaited(command, work, debug)) removeFile(file)
}

/** Starts the child that sends the spool, in the background or awaited. Never throws. */
export const launch = (work: Work, pending: Pending, options: LaunchOptions, debug: Debug): void => {
  const { delivery, child, atOnce = false } = options
  if (delivery.mode === 'manual') return debug('nothing is sent now: "cq-telemetry flush" sends')
  try {
    const { directory } = work
    const awaited = delivery.mode === 'inline'
    const command = childCommand(child)
    if (!command)
      return debug('nothing is sent now: there is no file of the child (option "child"), only "telemetry flush" sends')
    const files = directory === undefined ? undefined : layoutOf(directory)
    const reason = files && reasonToWait(files, work, pending, { awaited, atOnce })
    if (reason !== undefined) return debug(`nothing is sent now: ${reason}`)
    debug(`sending, ${awaited ? 'awaited' : 'in the background'} (${delivery.reason})`)
    if (work.lines) tryOnce(command, work, debug)
    else if (awaited) runAwaited(command, work, debug)
    else if (files) {
      startDetached(command, work, files.directory)
      keepStart(files.lastStart)
    }
  } catch (error) {
    debug(`the child could not be started (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
  }
}
