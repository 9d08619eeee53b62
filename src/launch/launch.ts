import type { Debug } from '../machine/debug.ts'
import { removeFile } from '../machine/files.ts'
import { sha1 } from '../machine/ids.ts'
import { type Layout, layoutOf } from '../machine/layout.ts'
import { join, os } from '../machine/node.ts'
import { timeLimit } from '../machine/time-limit.ts'
import { DeliveryState } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { type DestinationName, destinationNames } from '../spool/name.ts'
import type { Pending } from '../spool/sink.ts'
import { type ChildCommand, type ChildPlan, planChild } from './child-command.ts'
import type { Delivery } from './delivery-mode.ts'
import type { Work } from './job.ts'
import { keepChild, leavesZombies } from './last-child.ts'
import { graceMs, lowerPriority, runAwaited, startDetached } from './process.ts'
import { keepStart, keepWaiting, startFor } from './schedule.ts'
import { runInThread } from './thread.ts'
import { hasWaitedInVain, keepWaitedInVain, sentCheck, waitUntil } from './wait.ts'

export interface LaunchOptions {
  readonly delivery: Delivery
  /** The option `child` of the host. */
  readonly child: string | undefined
  /** The host's working directory at its start. */
  readonly workingDirectory: string
  /** Start it also where one was started a moment ago and little waits. */
  readonly atOnce?: boolean
  /** The host goes on: nothing may wait. */
  readonly runGoesOn?: boolean
}

const nothing = 'nothing is sent now'

type Startable = Exclude<ChildPlan, { kind: 'none' }>

/**
 * `background`: started, and not waited for. `watched`: started, and waited for, but it goes on where the time is over.
 * `awaited`: it ends within the time, as a process or in a thread of this one.
 */
type Way = 'background' | 'watched' | 'awaited'

const dueNames = (files: Layout, work: Work): DestinationName[] => {
  const state = new DeliveryState(files.deliveryState)
  return destinationNames.filter((name) => work[name] && state.isDue(name))
}

/**
 * The reason why no child should be started now for a command in the foreground; undefined if one should. What is asked
 * first lets most runs ask nothing else: each file costs 20 ms in a home on a slow network.
 */
const reasonToLeaveIt = (files: Layout, pending: Pending, atOnce: boolean): string | undefined => {
  const start = atOnce ? 'early' : startFor(files.lastStart, pending)
  if (start === 'later') {
    keepWaiting(files.lastStart, pending.bytes)
    return 'a child was started less than ten minutes ago, and little waits'
  }
  // A child that was started more than ten minutes ago is over.
  return start === 'early' && new DrainLock(files.drainLock).isHeld() ? 'another child is at work' : undefined
}

const wayOf = (plan: Startable, { mode, childSurvives }: Delivery, files: Layout, work: Work): Way => {
  if (plan.kind === 'thread' || leavesZombies(files.lastChild)) return 'awaited'
  if (mode === 'detached') return 'background'
  // What a child says under debug must not come after the command's end.
  return childSurvives && !work.debug ? 'watched' : 'awaited'
}

const start = (command: ChildCommand, work: Work, files: Layout): number | undefined => {
  const pid = startDetached(command, work, files.directory)
  keepStart(files.lastStart)
  if (pid !== undefined) keepChild(files.lastChild, pid)
  return pid
}

const startInBackground = (command: ChildCommand, work: Work, files: Layout): void => {
  const pid = start(command, work, files)
  if (pid !== undefined) lowerPriority(pid)
}

/** The child goes on where the time is over. One that is at work already sends these events too. */
const watch = (command: ChildCommand, work: Work, files: Layout, isSent: () => boolean, limitMs: number): void => {
  const pid = new DrainLock(files.drainLock).isHeld() ? undefined : start(command, work, files)
  waitUntil(isSent, limitMs)
  if (pid !== undefined && !isSent()) lowerPriority(pid)
}

/** Runs the child to its end, within the time. */
const runToEnd = (plan: Startable, work: Work, limitMs: number, debug: Debug): void =>
  plan.kind === 'thread' ? runInThread(plan, work, limitMs) : runAwaited(plan.command, work, limitMs, debug)

/** Keeps that a command has waited in vain. Without it the next command waits too. */
const keepVain = (file: string, debug: Debug): void => {
  try {
    keepWaitedInVain(file)
  } catch {
    debug('that nothing was sent in time could not be kept')
  }
}

const send = (plan: Startable, work: Work, files: Layout, options: LaunchOptions, debug: Debug): void => {
  const { delivery, runGoesOn = false } = options
  const way = wayOf(plan, delivery, files, work)
  const inVain = way !== 'background' && hasWaitedInVain(files.waitedInVain)
  if (way === 'awaited' && runGoesOn) return debug(`${nothing}: it is sent at the end of the run`)
  if (way === 'awaited' && inVain) return debug(`${nothing}: a command has just waited in vain`)
  const background = way === 'background' || inVain || runGoesOn
  debug(`sending, ${background ? 'in the background' : 'awaited'} (${delivery.reason})`)
  if (plan.kind === 'process' && background) return startInBackground(plan.command, work, files)
  const limitMs = timeLimit(delivery.waitMs)
  const isSent = sentCheck(files, dueNames(files, work))
  if (plan.kind === 'process' && way === 'watched') watch(plan.command, work, files, isSent, limitMs)
  else {
    keepStart(files.lastStart)
    runToEnd(plan, work, limitMs, debug)
  }
  if (!isSent()) keepVain(files.waitedInVain, debug)
}

/** Says that a command has waited in vain where its own directory cannot: for this user, home and destination. */
const temporaryVainFile = ({ directory, rudder, otlp }: Work): string => {
  const whose = [process.geteuid?.(), directory, rudder?.dataPlaneUrl, otlp?.url].join(' ')
  return join(os().tmpdir(), `cq-telemetry-${sha1(whose).slice(0, 12)}`)
}

/**
 * Sends lines that could not be written to the disk, unless a command has just waited in vain: a command must not wait for a
 * silent server each time. Where even that cannot be kept, in the temporary directory, nothing is tried.
 */
const sendLines = (plan: Startable, work: Work, waitMs: number, debug: Debug): void => {
  const file = temporaryVainFile(work)
  if (hasWaitedInVain(file)) return debug(`${nothing}: a command has just waited in vain`)
  keepWaitedInVain(file)
  debug('sending, awaited (the disk cannot be written)')
  const limitMs = timeLimit(waitMs)
  const began = process.hrtime.bigint()
  runToEnd(plan, work, limitMs, debug)
  if (Number(process.hrtime.bigint() - began) / 1e6 < limitMs - graceMs) removeFile(file)
}

/**
 * Sends what a run has left: by a child in the background or one that is waited for. It is always waited for lines that
 * could not be written to the spool, because no later run could send them. Never throws.
 */
export const launch = (work: Work, pending: Pending, options: LaunchOptions, debug: Debug): void => {
  const { delivery, child, workingDirectory, atOnce = false } = options
  if (delivery.mode === 'manual') return debug(`${nothing}: "cq-telemetry flush" sends`)
  try {
    const files = work.directory === undefined ? undefined : layoutOf(work.directory)
    const reason = files && delivery.mode === 'detached' ? reasonToLeaveIt(files, pending, atOnce) : undefined
    if (reason !== undefined) return debug(`${nothing}: ${reason}`)
    if (files && dueNames(files, work).length === 0)
      return debug(`${nothing}: the destinations are paused after a failure`)
    const plan = planChild(child, workingDirectory)
    if (plan.kind === 'none') return debug(`${nothing}: ${plan.reason}, only "telemetry flush" sends`)
    if (!files || work.lines) sendLines(plan, work, delivery.waitMs, debug)
    else send(plan, work, files, options, debug)
  } catch (error) {
    debug(`the child could not be started (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
  }
}
