import type { Tracer } from './tracer.ts'
import type {
  DiagnosticSeverity,
  DiagnosticType,
  FetchStatus,
  PolicyPersistence,
  PolicyType,
} from '../schema/vocabulary.ts'
import type { Declarations, ValuesOf } from '../schema/custom.ts'
import type { NameOf, PublicNames } from '../schema/names.ts'

/** A diagnostic that a provider reported. Only counted: by severity and by type. */
export interface Diagnostic {
  readonly severity: DiagnosticSeverity
  readonly type: DiagnosticType
}

/** A provider (plugin) at work. `version` leaves only in the shape of a version. */
export interface ProviderInfo<Name extends string = string> {
  readonly name: Name
  readonly version?: string | undefined
}

/** A policy that is run. Its selector is an argument of the user and never leaves; only that there was one does. */
export interface PolicyInfo<Name extends string = string> {
  readonly name: Name
  /** Where the policy comes from. */
  readonly type?: PolicyType | undefined
  readonly persistence?: PolicyPersistence | undefined
  /** Not from the public hub: its name leaves as `private`, whatever `publicNames` says. Default true. */
  readonly private?: boolean | undefined
  /** The user picked a part of the policy. */
  readonly selected?: boolean | undefined
}

/** One resource (table) being fetched. */
export interface ResourceUnit {
  /** Adds to the number of items fetched; an integer ≥ 0. */
  count(items: number): void
  /** Counts a diagnostic on the resource's provider and operation. */
  diagnostic(diagnostic: Diagnostic): void
  /** Counts an error that was handled: the resource did not succeed although nothing is thrown. */
  error(error: unknown): void
}

/** What can be nested in anything: each runs the callback, returns what it returns and rethrows what it throws. */
export interface Nesting<Names extends PublicNames = PublicNames> {
  provider<T>(info: ProviderInfo<NameOf<Names['providers']>>, run: (provider: ProviderUnit<Names>) => T): T
  resource<T>(name: NameOf<Names['resources']>, run: (resource: ResourceUnit) => T): T
  policy<T>(info: PolicyInfo<NameOf<Names['policies']>>, run: (policy: PolicyUnit) => T): T
}

export interface ProviderUnit<Names extends PublicNames = PublicNames> extends Nesting<Names> {
  /** Overrides the status that follows from the errors, e.g. `configure_failed`. */
  status(status: FetchStatus): void
  diagnostic(diagnostic: Diagnostic): void
  error(error: unknown): void
}

export interface PolicyUnit {
  diagnostic(diagnostic: Diagnostic): void
  error(error: unknown): void
}

/** One operation of the tool: what the user asked for. */
export interface OperationUnit<
  Names extends PublicNames = PublicNames,
  Attributes extends Declarations = Declarations,
> extends Nesting<Names> {
  /** Sets attributes that the option `attributes` declares; a value that its declaration does not allow is left out. */
  set(values: ValuesOf<Attributes>): void
  diagnostic(diagnostic: Diagnostic): void
  /** Counts an error that was handled; the operation then did not succeed. */
  error(error: unknown): void
}

/** What `identifyDatabase` needs of a client: `pg.Client` and `pg.Pool` have it. */
export interface Queryable {
  query(sql: string): Promise<{ rows: readonly Record<string, unknown>[] }>
}

/** The handle that `instrument()` returns. With telemetry off it runs the callbacks and does nothing else. */
export interface Telemetry<
  Names extends PublicNames = PublicNames,
  Attributes extends Declarations = Declarations,
> extends Nesting<Names> {
  /** Whether anything is recorded in this run. */
  readonly enabled: boolean
  /** Plain OpenTelemetry: a span with the attributes of the table means the same as the calls above. */
  readonly tracer: Tracer
  operation<T>(name: NameOf<Names['operations']>, run: (operation: OperationUnit<Names, Attributes>) => T): T
  /**
   * Asks the database for its instance id (`system_identifier`), version and uptime, for at most one second.
   * Takes a client or pool with `query()` that is not inside a transaction, or a connection string, for which the
   * optional peer `pg` is loaded. Never rejects.
   */
  identifyDatabase(database: Queryable | string): Promise<void>
  /**
   * Notes an error that ended the run outside of any operation and that the host handles itself: if the exit code says
   * that the run failed, its class is the run's. Not a crash report.
   */
  error(error: unknown): void
  /**
   * A copy of an environment for a process that this one starts: its run, if it is instrumented with the same
   * `envPrefix`, belongs to this trace, below what is active. With telemetry off a copy and nothing else.
   */
  childEnv(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv
  /** Ends the run now instead of at the end of the process, and removes the handlers. Never rejects. */
  shutdown(): Promise<void>
}
