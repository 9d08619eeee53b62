import { existsSync } from 'node:fs'
import { loadRun } from './load/run.ts'
import { offTelemetry } from './off.ts'
import type { Options } from './options.ts'
import { compiledOf } from './policy/consent-file.ts'
import { debugTo } from './policy/debug.ts'
import { shownBefore } from './policy/notice.ts'
import { captureVariable } from './policy/switches.ts'
import { watchExit } from './record/exit.ts'
import { ownVariable, standardVariable } from './record/trace-parent.ts'
import type { Run, RunOptions } from './run.ts'
import type { Telemetry } from './telemetry.ts'

/** Too many open files, say, pass; that often it is tried again. */
const maxFailures = 3

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? 'no code'

/** Variables that the host may have changed by the time that the run is begun. */
const seenNow = ({ envPrefix = 'CQ' }: Options): Record<string, string | undefined> =>
  Object.fromEntries(
    [captureVariable, ownVariable(envPrefix), standardVariable].map((name) => [name, process.env[name]]),
  )

const nothing: Run = { ...offTelemetry, uncaught: () => undefined, end: () => undefined }

/**
 * The handle of a run that is recorded. The run is loaded and begun when the host first uses it, or at the latest when the
 * process ends, and at once where the notice is due; its span begins with the process all the same. Nothing that goes
 * wrong may change how the process ends.
 */
export const recording = (options: Omit<RunOptions, 'noticeShown' | 'environment'>): Telemetry => {
  const debug = debugTo(options.debug)
  const { consent } = options.paths
  const noticeShown = shownBefore({ consentFile: consent, policyDate: options.options.policyDate })
  // A home that is new may be gone after this run, as in CI: nothing is kept in it.
  const compiled = consent !== undefined && existsSync(consent) ? compiledOf(consent) : undefined
  let keepCompiled = () => {}
  const environment = seenNow(options.options)
  let begun: Run | undefined
  let failures = 0
  const run = (): Run => (begun ??= failures < maxFailures ? begin() : undefined) ?? nothing
  const begin = (): Run | undefined => {
    try {
      const { exports, fresh } = loadRun(compiled)
      if (fresh) keepCompiled = () => exports.keepCompiled(fresh)
      return exports.startRun({ ...options, noticeShown, environment })
    } catch (error) {
      failures += 1
      debug(`dist/run.cjs of the package cannot be run (${codeOf(error)}): what happens now is not recorded`)
      return undefined
    }
  }
  const guarded = (what: string, work: () => void): void => {
    try {
      work()
    } catch {
      debug(`${what} could not be recorded`)
    }
  }

  // What is to be said to the user comes before the host's own output.
  if (!noticeShown) run()

  let over = false
  const end = (exitCode: number) => {
    if (over) return
    over = true
    unwatch()
    guarded('the end of the run', () => run().end(exitCode))
    guarded('what V8 has compiled', keepCompiled)
  }
  const unwatch = watchExit({
    exit: end,
    uncaught: (error, kind) => guarded('a crash', () => run().uncaught(error, kind)),
    cancelled: (error) => run().error(error),
    signals: options.options.signals ?? false,
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
