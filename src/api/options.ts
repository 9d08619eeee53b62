import type { ErrorClass } from '../schema/vocabulary.ts'
import type { Declarations } from '../schema/custom.ts'
import type { LiteralNames, PublicNames } from '../schema/names.ts'

/** A value, or a function that is called only once telemetry is known to be on. */
export type Lazy<T> = T | (() => T | undefined)

export interface Options<Names extends PublicNames = PublicNames, Attributes extends Declarations = Declarations> {
  /** The tool itself. `buildDate` is ISO 8601. */
  readonly app: {
    readonly name: string
    readonly version: string
    readonly commit?: string | undefined
    readonly buildDate?: string | undefined
  }
  readonly rudder?: { readonly writeKey: string; readonly dataPlaneUrl: string } | undefined
  /** `endpoint` is the base URL (`/v1/traces` is appended). */
  readonly otlp?:
    { readonly endpoint: string; readonly headers?: Readonly<Record<string, string>> | undefined } | undefined
  /** Installed providers. */
  readonly providers?: Lazy<readonly { readonly name: string; readonly version?: string | undefined }[]> | undefined
  /** The effective configuration, any JSON-like value: hashed without its credentials, never sent. */
  readonly config?: Lazy<unknown>
  readonly configFormat?: 'hcl' | 'yaml' | 'json' | 'toml' | undefined
  /** Names that may leave the machine. */
  readonly publicNames?: (Names & LiteralNames<Names>) | undefined
  /**
   * Kinds of names that leave as a pseudonym (`private-` and 16 hex digits) where they are not public, so that they can be
   * told apart: an HMAC under a secret that stays on the machine. A private policy has none, and neither has anything in
   * CI. Default: none.
   */
  readonly pseudonyms?: readonly ('operations' | 'providers' | 'resources' | 'policies')[] | undefined
  /** Attributes of operations beside those of the table: `{ output: oneOf('json', 'table'), rows: bucket() }`. */
  readonly attributes?: Attributes | undefined
  /**
   * What tells one machine from another, beside the random id. `hashes` (default): SHA-1 of its addresses and its name.
   * `random-only`: nothing else. `{ hmacKey }`: HMAC-SHA-256 in the place of SHA-1, also of the configuration, under a key
   * of the publisher's, so that nobody without it can try out addresses.
   */
  readonly identity?: 'hashes' | 'random-only' | { readonly hmacKey: string } | undefined
  /**
   * What a collector gets below an operation: `resources`, the spans of its providers, resources and policies, up to 1,000
   * (default); `operations`, none. Their sums are on the operation's own span either way, and RudderStack gets those alone.
   */
  readonly spans?: 'resources' | 'operations' | undefined
  /** The page that the notice points to. */
  readonly docsUrl?: string | undefined
  /** Prefix of the variables: `CQ` reads `CQ_NO_TELEMETRY`. Default `CQ`. */
  readonly envPrefix?: string | undefined
  /** Directory in the home, default `.cq`. */
  readonly directory?: string | undefined
  /** Second place to look for the random id, default `./.cq`. */
  readonly dataDir?: string | undefined
  /** What `--inspect-telemetry` writes, default `cloudquery.log`. */
  readonly logFile?: string | undefined
  /** How users reach the telemetry commands, e.g. `mytool telemetry`; adapters set it. Default `cq-telemetry`. */
  readonly command?: string | undefined
  /** Where the notice is written and counts as shown. Default: on a terminal and in CI. */
  readonly notice?: 'terminal' | 'anywhere' | 'silent' | undefined
  /** Random ids that start with one of these are the publisher's own: recorded for inspection, not sent. */
  readonly publisherIds?: readonly string[] | undefined
  /** Development builds (version 0.0.0 or -dev, a linked checkout, NODE_ENV=test) send nothing unless this is true. */
  readonly sendInDevelopment?: boolean | undefined
  /** Tells whose affair one of the host's own errors is; undefined leaves it to the built-in table. */
  readonly classifyError?: ((error: unknown) => ErrorClass | undefined) | undefined
  /** ISO date of a change of policy: who saw the notice before sees it again. */
  readonly policyDate?: string | undefined
  /**
   * How what is recorded gets on its way: `detached` by a child in the background, `inline` by the same child, awaited
   * for half a second at most, `manual` by `cq-telemetry flush`. Default `auto`: inline in CI and cloud functions, else
   * detached.
   */
  readonly delivery?: 'auto' | 'detached' | 'inline' | 'manual' | undefined
  /**
   * Where the child's code is, for a host that is bundled: the path of a copy of `cq-telemetry/child`, or `self` for a
   * single executable that imports `cq-telemetry/child` when CQ_TELEMETRY_CHILD is set. Default: the package's own file.
   */
  readonly child?: string | undefined
  /**
   * Ends the run on SIGINT, SIGTERM and SIGHUP before the process dies of them. Default false, for a busy loop then no
   * longer dies of Ctrl-C; what a signal cuts off is reported by the next run all the same.
   */
  readonly signals?: boolean | undefined
  /**
   * Continues the trace that `TRACEPARENT` names, so that one's own pipeline sees the run below what started it. Default
   * false, for that id is the user's own. What `childEnv()` has passed on is continued without this.
   */
  readonly joinTraces?: boolean | undefined
  /** Arguments that are scanned for the three flags. Default `process.argv.slice(2)`. */
  readonly argv?: readonly string[] | undefined
}
