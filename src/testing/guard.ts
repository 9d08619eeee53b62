/** Variables that switch telemetry off, or change what it does, in the tests of a tool. */

/** Set by the guard: the user's own word against all telemetry. */
const guard = 'DO_NOT_TRACK'

/**
 * Keeps telemetry off in this process and in those that it starts, for tests that are about something else: call it in
 * a set-up file. `capture()` is not affected. Returns how to undo it.
 */
export const keepTelemetryOff = (env: NodeJS.ProcessEnv = process.env): (() => void) => {
  const before = env[guard]
  env[guard] = '1'
  return () => {
    if (before === undefined) delete env[guard]
    else env[guard] = before
  }
}

const switches =
  /^(?:DO_NOT_TRACK|OTEL_.*|CQ_TELEMETRY_.*|[A-Z][A-Z0-9_]*_(?:NO|INSPECT|DEBUG)_TELEMETRY|.*TRACEPARENT)$/

/** The environment without what switches telemetry off or on. */
export const withoutSwitches = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !switches.test(name)))
