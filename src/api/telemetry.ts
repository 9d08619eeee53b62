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

/** A diagnostic that a provider reported. Diagnostics are only counted, by severity and by type. */
export interface Diagnostic {
  readonly severity: DiagnosticSeverity
  readonly type: DiagnosticType
}

/** A provider (plugin) that is used. `version` is sent only if it has the form of a version. */
export interface ProviderInfo<Name extends string = string> {
  readonly name: Name
  readonly version?: string | undefined
}

/** A policy that is run. Its selector is a user's argument and never leaves; only whether there was one does. */
export interface PolicyInfo<Name extends string = string> {
  readonly name: Name
  /** Where the policy comes from. */
  readonly type?: PolicyType | undefined
  readonly persistence?: PolicyPersistence | undefined
  /**
   * True unless the policy comes from the public hub. Its name then leaves as `private`, even if it is in
   * `publicNames`.
   */
  readonly private?: boolean | undefined
  /** Whether the user selected a part of the policy. */
  readonly selected?: boolean | undefined
}

/** One resource (table) being fetched. */
export interface ResourceUnit {
  /** Adds to the number of fetched items. `items` is an integer ≥ 0. */
  count(items: number): void
  /** Counts a diagnostic on the resource's provider and operation. */
  diagnostic(diagnostic: Diagnostic): void
  /** Counts a handled error: the resource failed although nothing is thrown. */
  error(error: unknown): void
}

/** Work that can be nested anywhere. Each method runs the callback, returns its result and rethrows its error. */
export interface Nesting<Names extends PublicNames = PublicNames> {
  provider<T>(info: ProviderInfo<NameOf<Names['providers']>>, run: (provider: ProviderUnit<Names>) => T): T
  resource<T>(name: NameOf<Names['resources']>, run: (resource: ResourceUnit) => T): T
  policy<T>(info: PolicyInfo<NameOf<Names['policies']>>, run: (policy: PolicyUnit) => T): T
}

export interface ProviderUnit<Names extends PublicNames = PublicNames> extends Nesting<Names> {
  /** Replaces the status that would follow from the errors, e.g. by `configure_failed`. */
  status(status: FetchStatus): void
  diagnostic(diagnostic: Diagnostic): void
  error(error: unknown): void
}

export interface PolicyUnit {
  diagnostic(diagnostic: Diagnostic): void
  error(error: unknown): void
}

/** An operation that is about to run. */
export interface OperationInfo<Name extends string = string, Option extends string = string> {
  readonly name: Name
  /**
   * The options that the user gave, each as its name, or as `name=value` if the value is one of a closed list. Sent are those
   * that `publicNames.options` has.
   */
  readonly options?: readonly Option[] | undefined
}

/** One operation of the tool, such as one subcommand that the user runs. */
export interface OperationUnit<
  Names extends PublicNames = PublicNames,
  Attributes extends Declarations = Declarations,
> extends Nesting<Names> {
  /** Sets attributes that the option `attributes` declares. A value that its declaration does not allow is ignored. */
  set(values: ValuesOf<Attributes>): void
  diagnostic(diagnostic: Diagnostic): void
  /** Counts a handled error: the operation failed although nothing is thrown. */
  error(error: unknown): void
}

/** A database client for `identifyDatabase`, such as `pg.Client` or `pg.Pool`. */
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
  /** A plain OpenTelemetry tracer. A span with the attributes that the methods set is recorded as theirs are. */
  readonly tracer: Tracer
  operation<T>(
    info: NameOf<Names['operations']> | OperationInfo<NameOf<Names['operations']>, NameOf<Names['options']>>,
    run: (operation: OperationUnit<Names, Attributes>) => T,
  ): T
  /**
   * Asks the database for its instance id (`system_identifier`), version and uptime, for at most one second. Takes a
   * client or pool that is not inside a transaction, or a connection string, for which it loads the optional peer `pg`.
   * Never rejects.
   */
  identifyDatabase(database: Queryable | string): Promise<void>
  /**
   * Records an error outside of any operation that the host handles itself and that ends the run. If the exit code is
   * not 0, the run gets the class of this error. It is not reported as a crash.
   */
  error(error: unknown): void
  /**
   * Returns a copy of an environment for a process that the host starts. If that process is instrumented with the same
   * `envPrefix`, its spans belong to this trace, below the active span. With telemetry off, the copy is unchanged.
   */
  childEnv(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv
  /**
   * Lets what has been recorded so far be sent now instead of within a minute; for a process that lives long. Resolves when the
   * child process that sends it is started, not when it has arrived; in CI and in cloud functions that process is awaited, for at
   * most half a second. At most one is started in a second. With delivery `manual` nothing is sent, but `cq-telemetry flush` then
   * finds what was recorded. Never rejects.
   */
  flush(): Promise<void>
  /**
   * With the option `consent: 'ask'`: asks the user, once, whether telemetry may be on. Asks only where a person sits at the
   * terminal, who has not answered yet; elsewhere it resolves at once. Resolves when the user has answered, at the latest after 30
   * seconds, which is a no. Await it before the tool prints, and before it reads standard input. A yes holds from the next run on.
   * Never rejects.
   */
  ask(): Promise<void>
  /** Ends the run now instead of at the end of the process, and removes the handlers. Never rejects. */
  shutdown(): Promise<void>
}
