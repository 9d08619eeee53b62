import { offTelemetry } from '../api/off.ts'
import type { Telemetry } from '../api/telemetry.ts'
import type { Debug } from '../machine/debug.ts'
import { watchExit } from './exit.ts'

/** A run that is recorded: what the host calls, and how it ends. */
export interface Run extends Omit<Telemetry, 'enabled' | 'shutdown'> {
  /** An error that nobody caught. */
  uncaught(error: unknown, kind: 'uncaught' | 'unhandled_rejection'): void
  end(exitCode: number): void
}

export interface RecordedRunOptions {
  /** Loads the code that records, and begins the run. May throw. */
  readonly start: () => Run
  /** Begin now, in the place of when the host first uses the handle. */
  readonly atOnce: boolean
  /** Also end the run when a signal comes that ends the process. */
  readonly signals: boolean
  readonly debug: Debug
}

/** Starting can fail for a moment (too many open files, say), so it is tried this often. */
const maxStarts = 3

const doesNothing: Run = { ...offTelemetry, uncaught: () => undefined, end: () => undefined }

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? 'no code'

/**
 * The handle of a run that is recorded. The run begins when the host first uses the handle, or at the latest when the
 * process ends, so that a command pays for OpenTelemetry only where it records; the span of the run begins with the
 * process all the same. Nothing that goes wrong in here changes how the process ends.
 */
export const recordedRun = ({ start, atOnce, signals, debug }: RecordedRunOptions): Telemetry => {
  let begun: Run | undefined
  let starts = 0
  const tryToStart = (): Run | undefined => {
    try {
      return start()
    } catch (error) {
      starts += 1
      debug(`the run cannot be begun (${codeOf(error)}): what happens now is not recorded`)
      return undefined
    }
  }
  const run = (): Run => (begun ??= starts < maxStarts ? tryToStart() : undefined) ?? doesNothing
  const guarded = (what: string, work: () => void): void => {
    try {
      work()
    } catch {
      debug(`${what} could not be recorded`)
    }
  }

  if (atOnce) run()

  let over = false
  const end = (exitCode: number) => {
    if (over) return
    over = true
    unwatch()
    guarded('the end of the run', () => run().end(exitCode))
  }
  const unwatch = watchExit({
    exit: end,
    uncaught: (error, kind) => guarded('a crash', () => run().uncaught(error, kind)),
    cancelled: (error) => run().error(error),
    signals,
  })

  return {
    enabled: true,
    tracer: {
      startSpan: (...given) => run().tracer.startSpan(...given),
      startActiveSpan: (...given: readonly unknown[]) =>
        (run().tracer.startActiveSpan as (...args: readonly unknown[]) => never)(...given),
    },
    operation: (name, callback) => run().operation(name, callback),
    provider: (info, callback) => run().provider(info, callback),
    resource: (name, callback) => run().resource(name, callback),
    policy: (info, callback) => run().policy(info, callback),
    identifyDatabase: (database) => run().identifyDatabase(database),
    error: (error) => run().error(error),
    childEnv: (env) => run().childEnv(env),
    shutdown: async () => end(Number(process.exitCode ?? 0)),
  }
}
