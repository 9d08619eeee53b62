/** Trace context in environment variables, in the format of W3C's `traceparent` header. */

export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
}

/** OpenTelemetry's variable for the parent of a process. The user may have set it, so its id is the user's. */
export const standardVariable = 'TRACEPARENT'
/**
 * The variable in which a run passes its trace to a run of the same tool that it starts. It holds only ids that this
 * package made.
 */
export const ownVariable = (prefix: string): string => `${prefix}_TRACEPARENT`

/**
 * Version, trace id, parent id and flags. Later versions may add fields; version ff and all-zero ids are invalid (W3C).
 */
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/

export const parseTraceParent = (text = ''): TraceParent | undefined => {
  const [, traceId, spanId] = shape.exec(text.trim()) ?? []
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined
}

/**
 * The flag is always `sampled`: the user's consent decides whether telemetry is sent, not the sampling of the parent.
 */
export const formatTraceParent = ({ traceId, spanId }: TraceParent): string => `00-${traceId}-${spanId}-01`

type Environment = Readonly<Record<string, string | undefined>>

/** The parent of this run: a run of the same tool or, if the host sets `joinTraces`, the span in `TRACEPARENT`. */
export const inheritedParent = (env: Environment, prefix: string, join: boolean): TraceParent | undefined =>
  parseTraceParent(env[ownVariable(prefix)]) ?? (join ? parseTraceParent(env[standardVariable]) : undefined)
