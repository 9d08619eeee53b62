import type { Debug } from '../machine/debug.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { timeLimit } from '../machine/time-limit.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { type DestinationName, destinationNames } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'
import { type ChildCommand, type ChildPlan, planChild } from './child-command.ts'
import type { Delivery } from './delivery-mode.ts'
import type { Work } from './job.ts'
import { keepChild, leavesZombies } from './last-child.ts'
import { lowerPriority, runAwaited, startDetached } from './process.ts'
import { isStartDue, keepStart, keepWaiting } from './schedule.ts'
import { runInThread } from './thread.ts'
import { hasWaitedInVain, keepWaitedInVain, sentCheck, waitUntil } from './wait.ts'

export interface LaunchOptions {
  readonly delivery: Delivery
  /** The option `child` of the host. */
  readonly child: string | undefined
  /** The host's working directory at its start. */
  readonly workingDirectory: string
}

const nothing = 'nothing is sent now'

type Startable = Exclude<ChildPlan, { kind: 'none' }>

/**
 * `background`: started, and not waited for. `watched`: started, and waited for, but it goes on where the time is over.
 * `awaited`: it ends within the time. `thread`: the same, in this process.
 */
type Way = 'background' | 'watched' | 'awaited' | 'thread'

const dueNames = (files: Layout, work: Work): DestinationName[] => {
  const state = new DeliveryState(files.deliveryState)
  return destinationNames.filter((name) => work[name] && state.isDue(name))
}

/** The reason why no child should be started now for a command in the foreground; undefined if one should. */
const reasonToLeaveIt = (files: Layout, pending: Pending): string | undefined => {
  if (new DrainLock(files.drainLock).isHeld()) return 'another child is at work'
  if (isStartDue(files.lastStart, pending)) return undefined
  keepWaiting(files.lastStart, pending.bytes)
  return 'a child was started less than ten minutes ago, and little waits'
}

const wayOf = (plan: Startable, { mode, childSurvives }: Delivery, files: Layout, work: Work): Way => {
  if (plan.kind === 'thread') return 'thread'
  if (leavesZombies(files.lastChild)) return 'awaited'
  if (mode === 'detached') return 'background'
  // What a child says under debug must not come after the command's end.
  return childSurvives && !work.debug ? 'watched' : 'awaited'
}

/** Starts the child, unless one is at work, which sends these events too. */
const begin = (command: ChildCommand, work: Work, files: Layout): number | undefined => {
  if (new DrainLock(files.drainLock).isHeld()) return undefined
  const pid = startDetached(command, work, files.directory)
  keepStart(files.lastStart)
  if (pid !== undefined) keepChild(files.lastChild, pid)
  return pid
}

const startInBackground = (command: ChildCommand, work: Work, files: Layout): void => {
  const pid = begin(command, work, files)
  if (pid !== undefined) lowerPriority(pid)
}

/** The child goes on where the time is over. */
const watch = (command: ChildCommand, work: Work, files: Layout, isSent: () => boolean, limitMs: number): void => {
  const pid = begin(command, work, files)
  waitUntil(isSent, limitMs)
  if (pid !== undefined && !isSent()) lowerPriority(pid)
}

/** Runs the child to its end, within the time. */
const runToEnd = (plan: Startable, work: Work, limitMs: number, debug: Debug): void =>
  plan.kind === 'thread' ? runInThread(plan, work, limitMs) : runAwaited(plan.command, work, limitMs, debug)

const send = (plan: Startable, work: Work, files: Layout, delivery: Delivery, debug: Debug): void => {
  const limitMs = timeLimit(delivery.waitMs)
  const way = wayOf(plan, delivery, files, work)
  const background = way === 'background' || (way === 'watched' && hasWaitedInVain(files))
  if (!background && hasWaitedInVain(files)) return debug(`${nothing}: a command has just waited in vain`)
  debug(`sending, ${background ? 'in the background' : 'awaited'} (${delivery.reason})`)
  if (plan.kind === 'process' && background) return startInBackground(plan.command, work, files)
  const isSent = sentCheck(files, dueNames(files, work))
  if (plan.kind === 'process' && way === 'watched') watch(plan.command, work, files, isSent, limitMs)
  else {
    keepStart(files.lastStart)
    runToEnd(plan, work, limitMs, debug)
  }
  if (!isSent()) keepWaitedInVain(files)
}

/**
 * Sends what a run has left: by a child in the background or one that is waited for. It is always waited for lines that
 * could not be written to the spool, because no later run could send them. Never throws.
 */
export const launch = (work: Work, pending: Pending, options: LaunchOptions, debug: Debug): void => {
  const { delivery, child, workingDirectory } = options
  if (delivery.mode === 'manual') return debug(`${nothing}: "cq-telemetry flush" sends`)
  try {
    const plan = planChild(child, workingDirectory)
    if (plan.kind === 'none') return debug(`${nothing}: ${plan.reason}, only "telemetry flush" sends`)
    const { directory } = work
    const files = directory === undefined ? undefined : layoutOf(directory)
    if (files && dueNames(files, work).length === 0)
      return debug(`${nothing}: the destinations are paused after a failure`)
    if (!files || work.lines) {
      debug('sending, awaited (the disk cannot be written)')
      return runToEnd(plan, work, timeLimit(delivery.waitMs), debug)
    }
    const reason = delivery.mode === 'detached' ? reasonToLeaveIt(files, pending) : undefined
    if (reason !== undefined) return debug(`${nothing}: ${reason}`)
    send(plan, work, files, delivery, debug)
  } catch (error) {
    debug(`the child could not be started (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
  }
}
