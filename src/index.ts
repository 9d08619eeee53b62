/**
 * Anonymous usage telemetry for a command-line tool.
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
export { currentTelemetry, instrument, instrumentLater } from './instrument.ts'
export { bool, bucket, oneOf } from './schema/custom.ts'
export { telemetryFlags } from './consent/switches.ts'
export type { Lazy, Options } from './api/options.ts'
export type { Bool, Bucket, Declaration, Declarations, OneOf, ValuesOf } from './schema/custom.ts'
export type { LiteralNames, NameOf, PublicNames } from './schema/names.ts'
export type {
  DiagnosticSeverity,
  DiagnosticType,
  ErrorClass,
  FetchStatus,
  PolicyPersistence,
  PolicyType,
} from './schema/vocabulary.ts'
export type {
  Diagnostic,
  Nesting,
  OperationInfo,
  OperationUnit,
  PolicyInfo,
  PolicyUnit,
  ProviderInfo,
  ProviderUnit,
  Queryable,
  ResourceUnit,
  Telemetry,
} from './api/telemetry.ts'
export type { Span, SpanOptions, Tracer } from './api/tracer.ts'
