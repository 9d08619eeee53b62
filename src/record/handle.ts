import { offTelemetry } from '../api/off.ts'
import type { Telemetry } from '../api/telemetry.ts'
import type { Debug } from '../machine/debug.ts'
import { codeOf } from '../machine/error-code.ts'
import type { CrashKind } from '../schema/vocabulary.ts'
import { watchExit } from './exit.ts'
import { currentExitCode } from './exit-code.ts'
import { pristine } from '../machine/pristine.ts'

/** A recorded run: the calls of the handle, and the end of the process. */
export interface Run extends Omit<Telemetry, 'enabled' | 'ask' | 'shutdown'> {
  /** Records an uncaught error, or a fault without a known error. */
  uncaught(error: unknown, kind: Exclude<CrashKind, 'operation'>): void
  end(exitCode: number): void
}

export interface RecordingHandleOptions {
  /** Loads the recording code and starts the run. May throw. */
  readonly start: () => Run
  /** Start the run now instead of at the first use of the handle. */
  readonly startNow: boolean
  /** Also end the run on SIGINT, SIGTERM and SIGHUP. */
  readonly signals: boolean
  readonly debug: Debug
}

/** The number of attempts to start the run. A failure can be temporary, for example with too many open files. */
const maxStarts = 3

/** A run that records nothing. */
export const idleRun: Run = { ...offTelemetry, uncaught: () => undefined, end: () => undefined }

/**
 * The handle of a recorded run. The run starts when the host first uses the handle, at the latest when the process
 * ends, so that a command loads OpenTelemetry only when it records. The span of the run starts with the process in both
 * cases. No error in here changes how the process ends.
 */
export const recordingHandle = ({ start, startNow, signals, debug }: RecordingHandleOptions): Telemetry => {
  let startedRun: Run | undefined
  let failedStarts = 0
  const tryToStart = (): Run | undefined => {
    try {
      return pristine(start)
    } catch (error) {
      failedStarts += 1
      debug(`the run cannot be started (${codeOf(error)}): what happens now is not recorded`)
      return undefined
    }
  }
  const run = (): Run => (startedRun ??= failedStarts < maxStarts ? tryToStart() : undefined) ?? idleRun
  const guarded = (what: string, work: () => void): void => {
    try {
      pristine(work)
    } catch {
      debug(`${what} could not be recorded`)
    }
  }

  if (startNow) run()

  let ended = false
  const end = (exitCode: number) => {
    if (ended) return
    ended = true
    unwatch()
    guarded('the end of the run', () => run().end(exitCode))
  }
  const unwatch = watchExit({
    exit: end,
    uncaught: (error, kind) => guarded('a crash', () => run().uncaught(error, kind)),
    fault: () => guarded('a crash', () => run().uncaught(undefined, 'signal')),
    signals,
  })

  return {
    enabled: true,
    tracer: {
      startSpan: (...args) => run().tracer.startSpan(...args),
      startActiveSpan: (...args: readonly unknown[]) =>
        (run().tracer.startActiveSpan as (...all: readonly unknown[]) => never)(...args),
    },
    operation: (info, callback) => run().operation(info, callback),
    provider: (info, callback) => run().provider(info, callback),
    resource: (name, callback) => run().resource(name, callback),
    policy: (info, callback) => run().policy(info, callback),
    identifyDatabase: (database) => run().identifyDatabase(database),
    error: (error) => run().error(error),
    childEnv: (env) => run().childEnv(env),
    ask: async () => undefined,
    flush: async () => {
      try {
        await pristine(() => startedRun?.flush())
      } catch {
        debug('what was recorded so far could not be sent')
      }
    },
    shutdown: async () => end(currentExitCode()),
  }
}
