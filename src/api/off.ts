import type { Span, SpanContext, Tracer } from './tracer.ts'
import type { OperationUnit, PolicyUnit, ProviderUnit, ResourceUnit, Telemetry } from './telemetry.ts'

/** Telemetry that is off: the callbacks run, and nothing else happens. No OpenTelemetry is loaded for it. */

const invalid: SpanContext = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }

const span: Span = {
  spanContext: () => invalid,
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
  startActiveSpan: (...given: unknown[]) => (given.at(-1) as (span: Span) => never)(span),
}

const nothing = (): void => undefined

const nesting = {
  provider: <T>(_info: unknown, run: (unit: ProviderUnit) => T): T => run(unit),
  resource: <T>(_name: unknown, run: (unit: ResourceUnit) => T): T => run(unit),
  policy: <T>(_info: unknown, run: (unit: PolicyUnit) => T): T => run(unit),
}

const unit: OperationUnit & ProviderUnit & ResourceUnit = {
  ...nesting,
  set: nothing,
  count: nothing,
  diagnostic: nothing,
  error: nothing,
  status: nothing,
}

export const offTelemetry: Telemetry = {
  enabled: false,
  tracer,
  ...nesting,
  operation: (_name, run) => run(unit),
  identifyDatabase: async () => undefined,
  error: nothing,
  childEnv: (env = process.env) => ({ ...env }),
  shutdown: async () => undefined,
}
