/** The closed lists of values. A value that is not in its list is not sent. */

/** How the fetch of a provider ended, in CloudQuery's words. */
export const fetchStatuses = ['successful', 'partial', 'failed', 'canceled', 'configure_failed'] as const
export type FetchStatus = (typeof fetchStatuses)[number]

/** Severities of a diagnostic, in CloudQuery's words. */
export const diagnosticSeverities = ['ignore', 'warning', 'error', 'panic'] as const
export type DiagnosticSeverity = (typeof diagnosticSeverities)[number]

/** Types of a diagnostic, in CloudQuery's words. */
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

/** Where a policy's result is stored. */
export const policyPersistences = ['none', 'file', 'database'] as const
export type PolicyPersistence = (typeof policyPersistences)[number]

/** The cause of an error in broad terms: `internal` is a fault of the tool, the others are not. */
export const errorClasses = ['cancelled', 'auth', 'connection', 'database', 'user', 'internal'] as const
export type ErrorClass = (typeof errorClasses)[number]

/** The values of `cq.span.type`: what a span stands for. */
export const spanTypes = [
  'run',
  'operation',
  'provider',
  'resource',
  'policy',
  'crash',
  'delivery',
  'progress',
  'forget',
] as const
export type SpanType = (typeof spanTypes)[number]

/** How a crash was noticed. */
export const crashKinds = ['uncaught', 'unhandled_rejection', 'operation', 'signal'] as const
export type CrashKind = (typeof crashKinds)[number]

/** Why an event was not delivered. */
export const lossReasons = ['expired', 'overflow', 'rejected', 'unreadable', 'suppressed'] as const
export type LossReason = (typeof lossReasons)[number]

/** Coding agents that run a command on behalf of a person. */
export const agents = [
  'claude-code kilo-code qwen-code amp antigravity augment cline codex copilot crush cursor devin gemini-cli goose grok',
  'junie opencode pi roo-code trae warp _OTHER',
].flatMap((line) => line.split(' '))

export const packageManagers = ['npm', 'pnpm', 'yarn', 'bun', 'deno', '_OTHER'] as const

/** How a tool was installed. `one-off`: by `npx` or a command like it. `local`: as a dependency of a project. */
export const installKinds = ['one-off', 'brew', 'global', 'local', 'standalone'] as const

export const containers = ['docker', 'kubernetes', 'lxc', 'podman', 'wsl', '_OTHER'] as const

/** Kinds of machines that a user works on remotely. */
export const remotes = ['codespaces gitpod coder replit cloud-shell devcontainer ssh stackblitz'].flatMap((line) =>
  line.split(' '),
)

/**
 * How long an installation without an id has been in use, in calendar weeks (from Monday, UTC). Each range is twice as
 * long as the one before it.
 */
export const installationAges = ['new', '1w', '2-3w', '4-7w', '8-15w', '16-31w', '32w+'] as const
export type InstallationAge = (typeof installationAges)[number]

/** The last parts of the keys under which diagnostics are counted, by severity and by type. */
export const severityPaths = diagnosticSeverities.map((value) => `by_severity.${value}` as const)
export const typePaths = diagnosticTypes.map((value) => `by_type.${value}` as const)
