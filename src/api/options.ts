// Written by `npm run docs` from option-table.ts, checked by a test. Not edited by hand.
import type { Declarations } from '../schema/custom.ts'
import type { LiteralNames, PublicNames } from '../schema/names.ts'
import type { ErrorClass } from '../schema/vocabulary.ts'

/** A value, or a function that returns it. The function is called only when telemetry is on. */
export type Lazy<T> = T | (() => T | undefined)

/** Options of `instrument()`, which throws a TypeError that names each wrong or unknown one. */
export interface Options<Names extends PublicNames = PublicNames, Attributes extends Declarations = Declarations> {
  /** The tool that is instrumented. Each of these values is sent. */
  readonly app: {
    /**
     * Name of the tool, e.g. `mytool`: a lower-case letter, then lower-case letters, digits, `.`, `_` and `-`, at most
     * 64 characters. `directory`, `dataDir`, `envPrefix` and `logFile` are named after it by default.
     */
    readonly name: string
    /** Version of the tool, e.g. `1.2.3` or `1.2.3-beta.1`. */
    readonly version: string
    /** Commit that the tool was built from: 7 to 64 lower-case hex digits. */
    readonly commit?: string | undefined
    /** Date of the build in ISO 8601, e.g. `2026-01-31` or `2026-01-31T10:00:00Z`. */
    readonly buildDate?: string | undefined
  }
  /** Sends events to RudderStack, alone or beside `otlp`. Default: nothing is sent to RudderStack. */
  readonly rudder?:
    | {
        /** Write key of your RudderStack source. */
        readonly writeKey: string
        /** Base URL of the data plane. `/v1/batch` is appended. */
        readonly dataPlaneUrl: string
      }
    | undefined
  /**
   * Sends spans to an OpenTelemetry Collector, over OTLP/HTTP with JSON. Default: the endpoint that the environment
   * names, e.g. `MYTOOL_OTLP_ENDPOINT`.
   */
  readonly otlp?:
    | {
        /**
         * Base URL of the collector, e.g. `https://telemetry.example.org`. `/v1/traces` is appended, unless the path ends
         * with it.
         */
        readonly endpoint: string
        /** Headers of each request, e.g. `{ authorization: … }`. Default: none. */
        readonly headers?: Readonly<Record<string, string>> | undefined
        /**
         * Lets an organisation redirect its telemetry: where `MYTOOL_OTLP_ENDPOINT` is set, everything goes to that
         * collector, with the headers of `MYTOOL_OTLP_HEADERS` alone, and nothing to you, neither to `endpoint` nor to
         * `rudder`. Default: `false`.
         */
        readonly overridable?: boolean | undefined
      }
    | undefined
  /**
   * Providers (plugins) that the user has installed. A name is sent only if `publicNames.providers` has it. Default:
   * none.
   */
  readonly providers?: Lazy<readonly { readonly name: string; readonly version?: string | undefined }[]> | undefined
  /**
   * The configuration in effect: any JSON value. Only a hash of it is sent. Switches, numbers and known words under
   * known keys, and names that `publicNames` lists, change the hash; any other value counts as one placeholder. A
   * function is called until it returns a value. Default: none.
   */
  readonly config?: Lazy<unknown>
  /** Format in which the user wrote the configuration. It is sent beside the hash of `config`. Default: not sent. */
  readonly configFormat?: 'hcl' | 'yaml' | 'json' | 'toml' | undefined
  /**
   * Names that may be sent, each kind as a list of literals or as a predicate, e.g.
   * `{ operations: ['build', 'test'] }`. Any other name is sent as `private`. Default: none.
   */
  readonly publicNames?: (Names & LiteralNames<Names>) | undefined
  /**
   * Kinds of names that are sent as a pseudonym (`private-` and 16 hex digits) instead of `private`, so that you can
   * tell them apart. A pseudonym is an HMAC under a secret that never leaves the machine. Private policies, and all
   * names in CI, stay `private`. Default: none.
   */
  readonly pseudonyms?: readonly ('operations' | 'providers' | 'resources' | 'policies')[] | undefined
  /**
   * Declares up to 20 attributes of your operations, which `operation.set()` sets, e.g.
   * `{ output: oneOf('json', 'table'), cached: bool(), rows: bucket() }`. Default: none.
   */
  readonly attributes?: Attributes | undefined
  /**
   * What identifies an installation. `hashes`: its random id, and SHA-1 hashes of its addresses and host name.
   * `random-only`: only the random id. `{ hmacKey }`: as `hashes`, but HMAC-SHA-256 under your key, also for `config`,
   * so that only a holder of the key can test guesses. `none`: nothing that two runs share, so no id, no hash, no
   * `config`, `providers`, `pseudonyms` or database id, no `childEnv()` or `joinTraces`. You can still count users: the
   * first run of a day, week and month says that it is the first. Default: `hashes`.
   */
  readonly identity?: 'hashes' | 'random-only' | 'none' | { readonly hmacKey: string } | undefined
  /**
   * What tells the project that the tool runs in from others, so that you can count projects, also in CI: `gitProject`
   * of `cq-telemetry/project`. Only a hash of it is sent, as `identity` says, and with the identity `none` nothing.
   * Default: none.
   */
  readonly project?: Lazy<string> | undefined
  /**
   * Which spans a collector receives. `resources`: each operation, and up to 1,000 spans of its providers, resources
   * and policies. `operations`: only the operations. Both carry the same totals. RudderStack receives the same events.
   * Default: `resources`.
   */
  readonly spans?: 'resources' | 'operations' | undefined
  /**
   * Share of the operations that is recorded, from 0 to 1: of all, or of those that it names, e.g. `{ build: 0.1 }`.
   * Each operation is recorded or left out at random, with the spans below it. Runs and crash reports are always
   * recorded, and the rate is sent with the operation, so that reports count the others too. Default: `1`.
   */
  readonly sampleRate?: number | Readonly<Record<string, number>> | undefined
  /**
   * Seconds from 1 to 86,400 by the names of operations, e.g. `{ lint: 3600 }`: within that time after a recorded
   * operation, others of the same name are left out if they succeed. A run that succeeds and has no other operation is
   * left out too. The next one that is recorded says how many were left out, so that reports count them. Default: each
   * is recorded.
   */
  readonly minInterval?: Readonly<Record<string, number>> | undefined
  /**
   * A signed file with which you can lower rates, stop operations, or stop all recording, of versions that are already
   * installed. The process that sends asks for it once a day. It can only reduce what is recorded. Default: none.
   */
  readonly controls?:
    | {
        /** Address of the control file, e.g. `https://mytool.dev/telemetry-controls`. Redirects are not followed. */
        readonly url: string
        /** Ed25519 key that must have signed the file, as `cq-telemetry controls keygen` prints it. */
        readonly publicKey: string
      }
    | undefined
  /** URL of your page about telemetry. The notice links to it. Default: no link. */
  readonly docsUrl?: string | undefined
  /**
   * Prefix of the environment variables: with `MYTOOL`, `MYTOOL_NO_TELEMETRY=1` turns telemetry off. Default:
   * `app.name` in upper case, with `_` for other characters, e.g. `MYTOOL` (`CQ` for `cloudquery`).
   */
  readonly envPrefix?: string | undefined
  /**
   * Directory in the user's home that holds the random id, the user's choice and the events not yet sent. `xdg` stands
   * for `$XDG_STATE_HOME/mytool` (by default `~/.local/state/mytool`; on macOS `~/Library/Application Support/mytool`,
   * on Windows `%LOCALAPPDATA%\mytool`). A `~/.mytool` that holds such files already stays in use. Default: `.` and
   * `app.name`, e.g. `.mytool` (`.cq` for `cloudquery`).
   */
  readonly directory?: string | undefined
  /**
   * Second directory that may hold the random id, relative to the working directory. It is used after `directory`.
   * Default: `.` and `app.name`, e.g. `.mytool` (`.cq` for `cloudquery`).
   */
  readonly dataDir?: string | undefined
  /**
   * File that `--inspect-telemetry` writes, relative to the working directory. Default: `app.name` and
   * `-telemetry.log`, e.g. `mytool-telemetry.log` (`cloudquery.log` for `cloudquery`).
   */
  readonly logFile?: string | undefined
  /**
   * How users start the telemetry commands, e.g. `mytool telemetry`. Adapters set it. Default:
   * `npx cq-telemetry --tool mytool …`.
   */
  readonly command?: string | undefined
  /**
   * How the user agrees. `notice` says that telemetry is on and how to switch it off. `ask` records nothing until the
   * user has said yes, to the question of `telemetry.ask()` or by `mytool telemetry enable`. Default: `notice`.
   */
  readonly consent?: 'notice' | 'ask' | undefined
  /**
   * Where the notice is printed, on standard error. `terminal` prints it on a terminal and in CI, `anywhere` also into
   * pipes and files, `silent` never. Nothing is sent until it has been printed. Default: `terminal`.
   */
  readonly notice?: 'terminal' | 'anywhere' | 'silent' | undefined
  /** Your own random ids, or their first characters. Runs of these installations are not sent. Default: none. */
  readonly publisherIds?: readonly string[] | undefined
  /**
   * Also sends runs of development builds: a version `0.0.0` or `…-dev`, a checkout or a link of the tool, or a test
   * (`NODE_ENV=test`, `node --test`, Vitest, Jest, Mocha, Jasmine, uvu, node-tap). Default: `false`.
   */
  readonly sendInDevelopment?: boolean | undefined
  /** Returns the class of one of your own errors, e.g. `user`, or undefined to leave it to the built-in classes. */
  readonly classifyError?: ((error: unknown) => ErrorClass | undefined) | undefined
  /**
   * Exit codes that mean success, e.g. `[0, 1]` for a linter. 0 always does. A run that ends with an uncaught error has
   * failed, whatever its code. Default: `[0]`.
   */
  readonly successCodes?: readonly number[] | undefined
  /**
   * Who sends what was recorded. `detached`: a background process. `inline`: the same process, and the command waits up
   * to 500 ms for it. `manual`: only `cq-telemetry flush`. `auto`: `inline` in CI, in cloud functions and in a
   * container that ends with the command (there up to a second), else `detached`. Default: `auto`.
   */
  readonly delivery?: 'auto' | 'detached' | 'inline' | 'manual' | undefined
  /**
   * For a bundled tool: the program of the process that sends. Either the path of a copy of `cq-telemetry/child`,
   * absolute or relative to the folder of the tool's script; or `self`, for a single executable that imports
   * `cq-telemetry/child` when `CQ_TELEMETRY_CHILD` is set. Default: the package's own file.
   */
  readonly child?: string | undefined
  /**
   * Ends the run on SIGINT, SIGTERM and SIGHUP, then lets the process die of the signal. The price: Ctrl-C no longer
   * stops a busy loop. Without this option, the next run reports the operation that the signal ended. Default: `false`.
   */
  readonly signals?: boolean | undefined
  /**
   * Continues the trace of the environment variable `TRACEPARENT`. Its id belongs to the user, and is then sent to you.
   * Traces from `childEnv()` are always continued. Default: `false`.
   */
  readonly joinTraces?: boolean | undefined
  /**
   * Arguments that may hold `--no-telemetry`, `--inspect-telemetry` and `--debug-telemetry`. Default:
   * `process.argv.slice(2)`.
   */
  readonly argv?: readonly string[] | undefined
}
