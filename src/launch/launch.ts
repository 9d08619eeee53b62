import type { Debug } from '../machine/debug.ts'
import { codeOf } from '../machine/error-code.ts'
import { removeFile, replace } from '../machine/write-file.ts'
import { sha1 } from '../machine/ids.ts'
import { isContainer, isZombie } from '../machine/container.ts'
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
import { lowerPriority, runAwaited, startDetached } from './process.ts'
import { keepStart, lastChild, startFor } from './schedule.ts'
import { runInThread } from './thread.ts'
import { hasWaitedInVain, keepWaitedInVain, sentCheck, waitUntil } from './wait.ts'

export interface LaunchOptions {
  readonly delivery: Delivery
  /** The option `child` of the host. */
  readonly child: string | undefined
  /** The host's working directory at its start. */
  readonly workingDirectory: string
  /** How the user starts the telemetry commands. */
  readonly command: string
  /** The run is not at its end, so it waits only if its delivery is `inline`. */
  readonly goesOn?: boolean
  /** Start the child even if one was started a moment ago and little waits. */
  readonly atOnce?: boolean
}

const nothing = 'nothing is sent now'

const nothingPending: Pending = { bytes: 0, others: [], crash: false, lines: [] }

/**
 * The file that says that a try took too long, for the ten minutes of `startFor`. It is for this user, home and
 * destination.
 */
const slowTryFile = ({ directory, rudder, otlp, redirect }: Work): string => {
  const whose = [process.geteuid?.(), directory, rudder?.dataPlaneUrl, otlp?.url, redirect?.url].join(' ')
  return join(os().tmpdir(), `cq-telemetry-${sha1(whose).slice(0, 12)}`)
}

const dueNames = (files: Layout, work: Work): DestinationName[] => {
  const state = new DeliveryState(files.deliveryState)
  return destinationNames.filter((name) => work[name] && state.isDue(name))
}

/**
 * The reason why no child should be started now; undefined if one should. The first checks decide for most runs, which
 * then read no further file. Each file takes 20 ms in a home on a slow network.
 */
const reasonToWait = (files: Layout, work: Work, pending: Pending, options: LaunchOptions): string | undefined => {
  const awaited = options.delivery.mode === 'inline'
  const { atOnce = false } = options
  const start = awaited || atOnce ? 'early' : startFor(files.lastStart, pending)
  if (start === 'later') return 'a child was started less than ten minutes ago, and little waits'
  if (dueNames(files, work).length === 0) return 'the destinations are paused after a failure'
  // A child that was started more than ten minutes ago has ended.
  const mayMeet = !awaited && start === 'early'
  return mayMeet && new DrainLock(files.drainLock).isHeld() ? 'another child is at work' : undefined
}

type Startable = Exclude<ChildPlan, { kind: 'none' }>

/**
 * `background`: started, and the command does not wait. `watched`: the command waits, and the child goes on when the
 * time is up. `awaited`: the command waits, and the child ends within the time. `thread`: like `awaited`, in this
 * process.
 */
type Way = 'background' | 'watched' | 'awaited' | 'thread'

/**
 * Whether the last child is a zombie. In a container, processes without a parent belong to process 1, which may never
 * read their exit codes. Then more children would fill the list of processes.
 */
const leavesZombies = ({ lastStart }: Layout): boolean => isContainer() && isZombie(lastChild(lastStart))

const wayOf = (plan: Startable, files: Layout, work: Work, { delivery, goesOn }: LaunchOptions): Way => {
  if (plan.kind === 'thread') return 'thread'
  const { mode, childSurvives } = delivery
  if (goesOn && mode === 'detached') return 'background'
  if (leavesZombies(files)) return 'awaited'
  if (mode === 'detached') return 'background'
  // The child's debug output must not appear after the command has ended.
  return childSurvives && !work.debug ? 'watched' : 'awaited'
}

const begin = (command: ChildCommand, work: Work, files: Layout): number | undefined => {
  const pid = startDetached(command, work, files.directory)
  keepStart(files.lastStart, undefined, pid)
  return pid
}

const startInBackground = (command: ChildCommand, work: Work, files: Layout): void => {
  const pid = begin(command, work, files)
  if (pid !== undefined) lowerPriority(pid)
}

/** Waits until the events are sent. A child that already runs sends them too. The child goes on when the time is up. */
const watch = (command: ChildCommand, work: Work, files: Layout, isSent: () => boolean, limitMs: number): void => {
  const pid = new DrainLock(files.drainLock).isHeld() ? undefined : begin(command, work, files)
  waitUntil(isSent, limitMs)
  if (pid !== undefined && !isSent()) lowerPriority(pid)
}

/** Runs the child to its end, within the time. Returns whether the time was enough. */
const runToEnd = (plan: Startable, work: Work, limitMs: number, debug: Debug): boolean =>
  plan.kind === 'thread' ? runInThread(plan, work, limitMs) : runAwaited(plan.command, work, limitMs, debug)

const send = (plan: Startable, work: Work, files: Layout, options: LaunchOptions, debug: Debug): void => {
  const { delivery, goesOn } = options
  const limitMs = timeLimit(delivery.waitMs)
  const way = wayOf(plan, files, work, options)
  if (way === 'thread' && goesOn) return debug(`${nothing}: a thread sends at the end of a run alone`)
  const inVain = way !== 'background' && hasWaitedInVain(files)
  const held = way === 'watched' && inVain && new DrainLock(files.drainLock).isHeld()
  if (held) return debug(`${nothing}: another child is at work`)
  const background = way === 'background' || (way === 'watched' && inVain)
  if (inVain && !background) return debug(`${nothing}: a command has just waited in vain`)
  debug(`sending, ${background ? 'in the background' : 'awaited'} (${delivery.reason})`)
  if (plan.kind === 'process' && background) return startInBackground(plan.command, work, files)
  const isSent = sentCheck(files, dueNames(files, work))
  if (plan.kind === 'process' && way === 'watched') watch(plan.command, work, files, isSent, limitMs)
  else {
    runToEnd(plan, work, limitMs, debug)
    keepStart(files.lastStart, undefined, lastChild(files.lastStart))
  }
  if (!isSent()) keepWaitedInVain(files)
}

/**
 * Sends lines that could not be written to the disk, unless an earlier try took all of its time: a command must not
 * wait for a silent server each time. If that cannot be stored in the temporary directory either, nothing is sent.
 */
const tryOnce = (plan: Startable, work: Work, limitMs: number, debug: Debug): void => {
  const file = slowTryFile(work)
  if (startFor(file, nothingPending) === 'later') return debug(`${nothing}: the last try took too long`)
  replace(file, `${Date.now()}\n`)
  if (runToEnd(plan, work, limitMs, debug)) removeFile(file)
}

/** Starts the child that sends the spool, in the background or awaited. Never throws. */
export const launch = (work: Work, pending: Pending, options: LaunchOptions, debug: Debug): void => {
  const { delivery, child, workingDirectory } = options
  if (delivery.mode === 'manual') return debug(`${nothing}: "${options.command} flush" sends`)
  try {
    const { directory } = work
    const files = directory === undefined ? undefined : layoutOf(directory)
    const reason = files && reasonToWait(files, work, pending, options)
    if (reason !== undefined) return debug(`${nothing}: ${reason}`)
    const plan = planChild(child, workingDirectory)
    if (plan.kind === 'none') return debug(`${nothing}: ${plan.reason}, only "${options.command} flush" sends`)
    if (files && !work.lines) return send(plan, work, files, options, debug)
    debug(`sending, awaited (${delivery.reason})`)
    tryOnce(plan, work, timeLimit(delivery.waitMs), debug)
  } catch (error) {
    debug(`the child could not be started (${codeOf(error)})`)
  }
}
