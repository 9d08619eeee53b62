import { setTimeout as sleep } from 'node:timers/promises'
import { readChoice } from '../consent/choice.ts'
import { drain } from '../deliver/drain.ts'
import { noDestination, sinksOf } from '../launch/destinations.ts'
import { planChild } from '../launch/child-command.ts'
import type { Job } from '../launch/job.ts'
import { debugTo } from '../machine/debug.ts'
import type { Layout } from '../machine/layout.ts'
import { showBusy } from '../machine/visible.ts'
import { workingDirectory } from '../machine/working-directory.ts'
import { DeliveryState, type DestinationStates } from '../spool/delivery-state.ts'
import { DrainLock } from '../spool/drain-lock.ts'
import { destinationNames } from '../spool/name.ts'
import { type DestinationOptions, destinationsFor } from './destinations.ts'
import { runChild } from './flush-child.ts'
import { forStdout } from './layout.ts'
import { type ExitCode, exitCodes, type Json, locate, print, type Setting, UsageError } from './setting.ts'
import { deliveryLines } from './status-text.ts'
import { heldIn, unsentIn } from './waiting.ts'

export interface FlushOptions extends DestinationOptions, Json {
  readonly timeout: string
  readonly debug?: boolean
}

/** The output of `flush --json`. */
interface Flushed {
  /** Number of files that are left to send. */
  readonly left: number
  /** The result for each destination that was tried. */
  readonly delivery: DestinationStates
}

const secondsOf = (text: string): number => {
  const seconds = Number(text)
  if (!(seconds > 0 && seconds <= 3600)) throw new UsageError('--timeout must be a number of seconds, at most 3600')
  return seconds
}

const jobFor = (setting: Setting, options: FlushOptions, directory: string): Job => {
  const destinations = destinationsFor(setting, options)
  const { problem } = destinations
  if (noDestination(destinations) !== undefined)
    throw new UsageError(
      `there is nowhere to send to${problem === undefined ? '' : ` (${problem})`}: give --otlp-endpoint, or --rudder-url and --write-key-file, or set ${setting.envPrefix}_OTLP_ENDPOINT`,
    )
  return {
    directory,
    ...sinksOf(destinations),
    ...(!destinations.redirect &&
      setting.options?.controls && { controls: { ...setting.options.controls, app: setting.options.app } }),
    ...(setting.options?.attributes && { attributes: setting.options.attributes }),
    endsAfterMs: performance.now() + secondsOf(options.timeout) * 1000,
    debug: options.debug === true,
    ignorePauses: true,
  }
}

/** Shows that the command is busy. Returns a function that clears the line. */
const showProgress = (): (() => void) => {
  showBusy('sending …')
  return () => showBusy('')
}

const lookAgainMs = 50

/** Sends with the child, after one that is already running. If a tool ships no child, sends in this process. */
const send = async (job: Job, files: Layout, child: string | undefined): Promise<void> => {
  const lock = new DrainLock(files.drainLock)
  while (lock.isHeld() && performance.now() < job.endsAfterMs) await sleep(lookAgainMs)
  const plan = planChild(child, workingDirectory() ?? '/')
  if (plan.kind === 'process') await runChild(plan.command, job)
  else await drain(job, debugTo(job.debug))
}

/** The results since `from`, of the destinations of the job. */
const resultsSince = (from: number, job: Job, files: Layout): DestinationStates => {
  const states = new DeliveryState(files.deliveryState).all()
  return Object.fromEntries(
    destinationNames.flatMap((name) => {
      const state = states[name]
      return job[name] && state && state.at >= from ? [[name, state]] : []
    }),
  )
}

/** Why files are left. */
const reasons = (delivery: DestinationStates, job: Job, files: Layout): string[] => {
  if (readChoice(files.consent).kind !== 'enabled')
    return ['nothing is sent: the choice of the user is no, or cannot be read']
  if (new DrainLock(files.drainLock).isHeld()) return ['another process is sending']
  const unanswered = destinationNames.filter((name) => job[name] && !delivery[name])
  return [...deliveryLines(delivery), ...unanswered.map((name) => `${name.padEnd(8)} no answer in time`)]
}

/** A hint for an author who runs a tool from a script and waits in vain for its events. */
const heldLine = (spool: string): string => {
  const held = heldIn(spool)
  if (held === 0) return ''
  const what = held === 1 ? '1 file is of a run' : `${held} files are of runs`
  return `\n${what} before the notice was shown, which is never sent: run the tool once on a terminal.`
}

const textOf = ({ left, delivery }: Flushed, job: Job, files: Layout): string => {
  if (left === 0) return `Nothing is left to send.${heldLine(files.spool)}`
  const first = `${left} ${left === 1 ? 'file is' : 'files are'} left: see more with --debug.`
  return [first, ...reasons(delivery, job, files)].join('\n')
}

/**
 * Sends the spool, even to destinations that are paused, and reports the result. Throws an error that names a wrong
 * option.
 */
export const flush = async (setting: Setting, options: FlushOptions): Promise<ExitCode> => {
  const { files } = locate(setting)
  const job = jobFor(setting, options, files.directory)
  const from = Date.now()
  const clearProgress = showProgress()
  await send(job, files, setting.options?.child).finally(clearProgress)
  const flushed = { left: unsentIn(files.spool), delivery: resultsSince(from, job, files) }
  print(options.json, flushed, () => forStdout(textOf(flushed, job, files)))
  return flushed.left === 0 ? 0 : exitCodes.failed
}
