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

/** A diagnostic that a provider reported. Only its count is sent, by severity and by type. */
export interface Diagnostic {
  readonly severity: DiagnosticSeverity
  readonly type: DiagnosticType
}

/** A provider (plugin) that is used. The version is sent only if it has the form of a version. */
export interface ProviderInfo<Name extends string = string> {
  readonly name: Name
  readonly version?: string | undefined
}

/** A policy that is run. */
export interface PolicyInfo<Name extends string = string> {
  readonly name: Name
  /** Where the policy comes from. Default: `other`. */
  readonly type?: PolicyType | undefined
  /** Where the result is stored. Default: `none`. */
  readonly persistence?: PolicyPersistence | undefined
  /**
   * False for a policy of the public hub. Any other name is sent as `private`, even if `publicNames` has it. Default:
   * true.
   */
  readonly private?: boolean | undefined
  /** Whether the user selected a part of the policy. The selector itself is not sent. */
  readonly selected?: boolean | undefined
}

/** One resource (table) that is fetched. */
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
  /** Runs what a provider (plugin) does. Its sums belong to the operation around it. */
  provider<T>(info: ProviderInfo<NameOf<Names['providers']>>, run: (provider: ProviderUnit<Names>) => T): T
  /** Fetches a resource (table). */
  resource<T>(name: NameOf<Names['resources']>, run: (resource: ResourceUnit) => T): T
  /** Runs a policy. */
  policy<T>(info: PolicyInfo<NameOf<Names['policies']>>, run: (policy: PolicyUnit) => T): T
}

/** One provider that is used. */
export interface ProviderUnit<Names extends PublicNames = PublicNames> extends Nesting<Names> {
  /** Sets the status, e.g. `configure_failed`. By default it follows from the errors. */
  status(status: FetchStatus): void
  diagnostic(diagnostic: Diagnostic): void
  error(error: unknown): void
}

/** One policy that is run. */
export interface PolicyUnit {
  diagnostic(diagnostic: Diagnostic): void
  error(error: unknown): void
}

/** An operation that is about to run. */
export interface OperationInfo<Name extends string = string, Option extends string = string> {
  readonly name: Name
  /**
   * The options that the user gave: each its name, or `name=value` if the value is one of a closed list. Only those
   * that `publicNames.options` has are sent.
   */
  readonly options?: readonly Option[] | undefined
}

/** One operation of the tool, e.g. a subcommand that the user runs. */
export interface OperationUnit<
  Names extends PublicNames = PublicNames,
  Attributes extends Declarations = Declarations,
> extends Nesting<Names> {
  /** Sets attributes that the option `attributes` declares. Ignores a value that the declaration does not allow. */
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
  /**
   * A plain OpenTelemetry tracer. If its spans have the attributes that the methods set, they are recorded in the same
   * way.
   */
  readonly tracer: Tracer
  /** Runs an operation, returns its result and rethrows its error. */
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
   * Records an error that ends the run, outside of any operation, and that you handle yourself. If the exit code is not
   * 0, the run gets the class of this error. It is not reported as a crash.
   */
  error(error: unknown): void
  /**
   * Returns a copy of an environment (default: `process.env`) for a process that you start. If that process is
   * instrumented with the same `envPrefix`, its spans belong to this trace, below the active span. With telemetry off,
   * or with the identity `none`, the copy is unchanged.
   */
  childEnv(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv
  /**
   * For a process that lives long: sends what has been recorded so far now, instead of within a minute. Resolves when
   * the child process that sends it is started, at most one a second. In CI and in cloud functions it also waits for
   * that process, for at most 500 ms. With delivery `manual` nothing is sent, but `cq-telemetry flush` then finds what
   * was recorded. Never rejects.
   */
  flush(): Promise<void>
  /**
   * With the option `consent: 'ask'`: asks the user, once, whether telemetry may be on. Asks only where a person sits
   * at the terminal, who has not answered yet; elsewhere it resolves at once. Resolves when the user has answered, at
   * the latest after 30 seconds, which is a no. Await it before the tool prints, and before it reads standard input. A
   * yes holds from the next run on. Never rejects.
   */
  ask(): Promise<void>
  /** Ends the run now instead of at the end of the process, and removes the handlers. Never rejects. */
  shutdown(): Promise<void>
}
