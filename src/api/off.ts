import type { Span, SpanContext, Tracer } from './tracer.ts'
import type { OperationUnit, PolicyUnit, ProviderUnit, ResourceUnit, Telemetry } from './telemetry.ts'

/** The handle with telemetry off: it runs the callbacks and does nothing else. It loads no OpenTelemetry package. */

const invalidContext: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }

const span: Span = {
  spanContext: () => invalidContext,
  setAttribute: () => span,
  setAttributes: () => span,
  addEvent: () => span,
  addLink: () => span,
  addLinks: () => span,
  setStatus: () => span,
  updateName: () => span,
  end: () => undefined,
  isRecording: () => false,
  recordException: () => undefined,
}

const tracer: Tracer = {
  startSpan: () => span,
  startActiveSpan: (...args: unknown[]) => (args.at(-1) as (span: Span) => never)(span),
}

const noop = (): void => undefined

const nesting = {
  provider: <T>(_info: unknown, run: (unit: ProviderUnit) => T): T => run(unit),
  resource: <T>(_name: unknown, run: (unit: ResourceUnit) => T): T => run(unit),
  policy: <T>(_info: unknown, run: (unit: PolicyUnit) => T): T => run(unit),
}

const unit: OperationUnit & ProviderUnit & ResourceUnit = {
  ...nesting,
  set: noop,
  count: noop,
  diagnostic: noop,
  error: noop,
  status: noop,
}

export const offTelemetry: Telemetry = {
  enabled: false,
  tracer,
  ...nesting,
  operation: (_name, run) => run(unit),
  identifyDatabase: async () => undefined,
  error: noop,
  childEnv: (env = process.env) => ({ ...env }),
  ask: async () => undefined,
  flush: async () => undefined,
  shutdown: async () => undefined,
}
