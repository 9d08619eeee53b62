/** The closed vocabularies. A value that is not in its list does not leave the machine. */

/** CloudQuery's fetch status. */
export const fetchStatuses = ['successful', 'partial', 'failed', 'canceled', 'configure_failed'] as const
export type FetchStatus = (typeof fetchStatuses)[number]

/** CloudQuery's severities of a diagnostic. */
export const diagnosticSeverities = ['ignore', 'warning', 'error', 'panic'] as const
export type DiagnosticSeverity = (typeof diagnosticSeverities)[number]

/** CloudQuery's types of a diagnostic. */
export const diagnosticTypes = [
  'resolving',
  'access',
  'throttle',
  'database',
  'schema',
  'internal',
  'telemetry',
  'user',
] as const
export type DiagnosticType = (typeof diagnosticTypes)[number]

/** Where a policy comes from. */
export const policyTypes = ['hub', 'github', 'git', 'file', 'http', 's3', 'gcs', 'other'] as const
export type PolicyType = (typeof policyTypes)[number]

/** What becomes of a policy's result. */
export const policyPersistences = ['none', 'file', 'database'] as const
export type PolicyPersistence = (typeof policyPersistences)[number]

/** Whose affair an error is. */
export const errorClasses = ['cancelled', 'auth', 'connection', 'database', 'user', 'internal'] as const
export type ErrorClass = (typeof errorClasses)[number]

/** What a span of ours stands for. */
export const unitTypes = ['run', 'operation', 'provider', 'resource', 'policy', 'crash', 'delivery'] as const
export type UnitType = (typeof unitTypes)[number]

/** How a crash came to be known. */
export const crashKinds = ['uncaught', 'unhandled_rejection', 'operation', 'killed'] as const
export type CrashKind = (typeof crashKinds)[number]

/** Why an event was lost on its way. */
export const lossReasons = ['expired', 'overflow', 'rejected', 'unreadable', 'suppressed'] as const
export type LossReason = (typeof lossReasons)[number]

/** Where a diagnostic is counted, below an attribute or a property. */
export const severityPaths = diagnosticSeverities.map((value) => `by_severity.${value}` as const)
export const typePaths = diagnosticTypes.map((value) => `by_type.${value}` as const)
