/** Switches telemetry off in a tool's tests, and removes such switches for the runs that `capture()` observes. */

/** A common variable that other tools' telemetry also respects. */
const guard = 'DO_NOT_TRACK'

/**
 * Keeps telemetry off in this process and in those that it starts. Call it in the set-up file of tests that are not
 * about telemetry. `capture()` is not affected. Returns a function that undoes it.
 */
export const keepTelemetryOff = (env: NodeJS.ProcessEnv = process.env): (() => void) => {
  const before = env[guard]
  env[guard] = '1'
  return () => {
    if (before === undefined) delete env[guard]
    else env[guard] = before
  }
}

/** Includes the variables that lead to directories outside of the home that a test has made. */
const switches =
  /^(?:XDG_STATE_HOME|LOCALAPPDATA|DO_NOT_TRACK|OTEL_.*|CQ_TELEMETRY_.*|[A-Z][A-Z0-9_]*_(?:NO|INSPECT|DEBUG)_TELEMETRY|.*TRACEPARENT)$/

/** The environment without the variables that control telemetry. */
export const withoutSwitches = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !switches.test(name)))
