/** The trace context that an environment carries, as W3C's `traceparent` puts it. */

export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
}

/** OpenTelemetry's own variable for what a process inherits; the value is the user's. */
export const standardVariable = 'TRACEPARENT'
/** The variable that a run of the same tool inherits from another: it holds nothing but our own ids. */
export const ownVariable = (prefix: string): string => `${prefix}_TRACEPARENT`

/** Version, trace id, parent id, flags; later versions may add fields. Version ff and ids of zeros are invalid. */
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/

export const parseTraceParent = (text = ''): TraceParent | undefined => {
  const [, traceId, spanId] = shape.exec(text.trim()) ?? []
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined
}

/** Sampled: whether telemetry is sent was decided by consent, not by whoever began the trace. */
export const formatTraceParent = ({ traceId, spanId }: TraceParent): string => `00-${traceId}-${spanId}-01`

type Environment = Readonly<Record<string, string | undefined>>

/** What this run continues: a run of the same tool, or, only if the host says so, whatever has started it. */
export const inheritedParent = (env: Environment, prefix: string, join: boolean): TraceParent | undefined =>
  parseTraceParent(env[ownVariable(prefix)]) ?? (join ? parseTraceParent(env[standardVariable]) : undefined)
