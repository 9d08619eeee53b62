/**
 * For authors of command-line tools: anonymous usage telemetry with one call. docs/instrumenting.md is the guide.
 *
 *     import { instrument } from 'cq-telemetry'
 *
 *     const telemetry = instrument({
 *       app: { name: 'mytool', version: '1.2.3' },
 *       otlp: { endpoint: 'https://telemetry.example.org' },
 *       publicNames: { operations: ['build'] },
 *     })
 *     await telemetry.operation('build', () => build())
 *
 * @module
 */
export { instrument, instrumentLater, currentTelemetry } from './instrument.ts'
export type { Options, Lazy } from './api/options.ts'
export type {
  Telemetry,
  OperationUnit,
  OperationInfo,
  Nesting,
  ProviderUnit,
  ProviderInfo,
  ResourceUnit,
  PolicyUnit,
  PolicyInfo,
  Diagnostic,
  Queryable,
} from './api/telemetry.ts'
export { telemetryFlags } from './consent/switches.ts'
export { oneOf, bool, bucket } from './schema/custom.ts'
export type { OneOf, Bool, Bucket, Declaration, Declarations, ValuesOf } from './schema/custom.ts'
export type { PublicNames, LiteralNames, NameOf } from './schema/names.ts'
export type {
  DiagnosticSeverity,
  DiagnosticType,
  ErrorClass,
  FetchStatus,
  PolicyPersistence,
  PolicyType,
} from './schema/vocabulary.ts'
export type { Tracer, Span, SpanOptions } from './api/tracer.ts'
