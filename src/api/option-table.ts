import { appName, commitHash, date, version } from '../schema/shapes.ts'
import { type Check, isObject, type Row, type Rows } from './check-options.ts'
import {
  callback,
  declarations,
  flag,
  isFunction,
  isText,
  isTexts,
  must,
  oneOf,
  publicNames,
  quoted,
  rudder,
  shaped,
  text,
  texts,
  url,
} from './checks.ts'
import { documented } from './documented.ts'

/**
 * The options of `instrument()`, one row each. `npm run docs` writes the interface in `options.ts` and the table in
 * docs/instrumenting.md from it.
 */

/** What an author reads about an option. The texts are Markdown. */
export interface Docs {
  /** TypeScript of its value. An object without it has the type that follows from its rows. */
  readonly type?: string
  readonly default?: string
  readonly doc: string
}

export interface OptionRow extends Row {
  readonly check: Check | OptionRows
  readonly docs: Docs | false
}

export interface OptionRows extends Rows {
  readonly [name: string]: OptionRow
}

const publicDocs = (doc: string): Docs => ({
  type: 'readonly string[] | ((name: string) => boolean)',
  default: 'none',
  doc,
})

const kinds = ['operations', 'providers', 'resources', 'policies']

export const optionTable: OptionRows = {
  app: {
    required: true,
    check: {
      name: {
        required: true,
        check: shaped(
          appName(),
          'a name of at most 64 characters that starts with a letter: only lower-case letters, digits, ".", "_" and ' +
            '"-" are allowed',
        ),
        docs: documented && {
          type: 'string',
          doc:
            'Name of the tool, e.g. `mytool`: a lower-case letter, then lower-case letters, digits, `.`, `_` and `-`, at ' +
            'most 64 characters. `directory`, `dataDir`, `envPrefix` and `logFile` are named after it by default.',
        },
      },
      version: {
        required: true,
        check: shaped(version(), 'a version number such as "1.2.3" or "1.2.3-beta.1"'),
        docs: documented && {
          type: 'string',
          doc: 'Version of the tool, e.g. `1.2.3` or `1.2.3-beta.1`.',
        },
      },
      commit: {
        check: shaped(commitHash(), 'a commit hash in lower-case hex'),
        docs: documented && {
          type: 'string',
          doc: 'Commit that the tool was built from: 7 to 64 lower-case hex digits.',
        },
      },
      buildDate: {
        check: shaped(date(), 'a date such as "2026-01-31" or "2026-01-31T10:00:00Z"'),
        docs: documented && {
          type: 'string',
          doc: 'Date of the build in ISO 8601, e.g. `2026-01-31` or `2026-01-31T10:00:00Z`.',
        },
      },
    },
    docs: documented && { doc: 'The tool that is instrumented. All of it is sent.' },
  },
  rudder: {
    check: {
      writeKey: {
        ...rudder.writeKey,
        docs: documented && { type: 'string', doc: 'Write key of your RudderStack source.' },
      },
      dataPlaneUrl: {
        ...rudder.dataPlaneUrl,
        docs: documented && { type: 'string', doc: 'Base URL of the data plane. `/v1/batch` is appended.' },
      },
    },
    docs: documented && {
      default: 'nothing is sent to RudderStack',
      doc: 'Sends events to RudderStack, alone or beside `otlp`.',
    },
  },
  otlp: {
    check: {
      endpoint: {
        required: true,
        check: url,
        docs: documented && {
          type: 'string',
          doc: 'Base URL of the collector, e.g. `https://telemetry.example.org`. `/v1/traces` is appended.',
        },
      },
      headers: {
        check: must(
          (value) => isObject(value) && Object.values(value).every((each) => typeof each === 'string'),
          'an object of strings',
        ),
        docs: documented && {
          type: 'Readonly<Record<string, string>>',
          default: 'none',
          doc: 'Headers of each request, e.g. `{ authorization: … }`.',
        },
      },
    },
    docs: documented && {
      default: 'the endpoint that the environment names, e.g. `MYTOOL_OTLP_ENDPOINT`',
      doc: 'Sends spans to an OpenTelemetry Collector, over OTLP/HTTP with JSON.',
    },
  },
  providers: {
    check: must(
      (value) =>
        isFunction(value) ||
        (Array.isArray(value) &&
          value.every(
            (each) =>
              isObject(each) && isText(each['name']) && ['string', 'undefined'].includes(typeof each['version']),
          )),
      'a list of { name, version }, or a function that returns one',
    ),
    docs: documented && {
      type: 'Lazy<readonly { readonly name: string; readonly version?: string | undefined }[]>',
      default: 'none',
      doc: 'Providers (plugins) that the user has installed. A name is sent only if `publicNames.providers` has it.',
    },
  },
  config: {
    check: () => undefined,
    docs: documented && {
      type: 'Lazy<unknown>',
      default: 'none',
      doc:
        'Configuration that is in effect: any value that JSON can hold. Only a hash of it is sent, and credentials are ' +
        'removed before it is hashed.',
    },
  },
  configFormat: {
    check: oneOf('hcl', 'yaml', 'json', 'toml'),
    docs: documented && {
      type: "'hcl' | 'yaml' | 'json' | 'toml'",
      default: 'not sent',
      doc: 'Format in which the user wrote the configuration. It is sent beside the hash of `config`.',
    },
  },
  publicNames: {
    check: {
      operations: { ...publicNames.operations, docs: documented && publicDocs('Public names of operations.') },
      providers: { ...publicNames.providers, docs: documented && publicDocs('Public names of providers.') },
      resources: {
        ...publicNames.resources,
        docs: documented && {
          type: 'readonly string[] | ((provider: string, name: string) => boolean)',
          default: 'none',
          doc: 'Public names of resources. Resources of a provider that is not public are never public.',
        },
      },
      policies: { ...publicNames.policies, docs: documented && publicDocs('Public names of policies.') },
      packages: {
        ...publicNames.packages,
        docs:
          documented &&
          publicDocs('Packages whose files a crash report may name, with line and column: your own, for instance.'),
      },
    },
    docs: documented && {
      type: '(Names & LiteralNames<Names>)',
      default: 'none: every name is sent as `private`',
      doc:
        'Names that may be sent, each kind as a list of literals or as a predicate, e.g. ' +
        "`{ operations: ['build', 'test'] }`. Any other name is sent as `private`.",
    },
  },
  pseudonyms: {
    check: must((value) => isTexts(value) && value.every((each) => kinds.includes(each)), `a list of ${quoted(kinds)}`),
    docs: documented && {
      type: "readonly ('operations' | 'providers' | 'resources' | 'policies')[]",
      default: 'none',
      doc:
        'Kinds of names that are sent as a pseudonym (`private-` and 16 hex digits) instead of `private`, so that you can ' +
        'tell them apart. A pseudonym is an HMAC under a secret that never leaves the machine. Private policies, and all ' +
        'names in CI, stay `private`.',
    },
  },
  attributes: {
    check: declarations,
    docs: documented && {
      type: 'Attributes',
      default: 'none',
      doc:
        'Declares up to 20 attributes of your operations, set by `operation.set()`, e.g. ' +
        "`{ output: oneOf('json', 'table'), cached: bool(), rows: bucket() }`.",
    },
  },
  identity: {
    check: must(
      (value) => value === 'hashes' || value === 'random-only' || (isObject(value) && isText(value['hmacKey'])),
      '"hashes", "random-only" or { hmacKey }',
    ),
    docs: documented && {
      type: "'hashes' | 'random-only' | { readonly hmacKey: string }",
      default: '`hashes`',
      doc:
        'What identifies a machine beside its random id. `hashes` sends SHA-1 hashes of its addresses and host name, ' +
        '`random-only` sends nothing more. `{ hmacKey }` sends HMAC-SHA-256 under your key instead of SHA-1, also for ' +
        '`config`, so that only who has the key can test guesses.',
    },
  },
  spans: {
    check: oneOf('resources', 'operations'),
    docs: documented && {
      type: "'resources' | 'operations'",
      default: '`resources`',
      doc:
        'Which spans a collector receives. `resources` sends each operation with up to 1,000 spans of its providers, ' +
        'resources and policies, `operations` sends only the operations. Both carry the same totals, and RudderStack ' +
        'receives the same events.',
    },
  },
  docsUrl: {
    check: url,
    docs: documented && {
      type: 'string',
      default: 'no link',
      doc: 'URL of your page about telemetry. The notice links to it.',
    },
  },
  envPrefix: {
    check: must(
      (value) => isText(value) && /^[A-Z][A-Z0-9_]*$/.test(value),
      'upper-case letters, digits and "_", e.g. "MYTOOL"',
    ),
    docs: documented && {
      type: 'string',
      default: '`app.name` in upper case, with `_` for other characters, e.g. `MYTOOL` (`CQ` for `cloudquery`)',
      doc: 'Prefix of the environment variables: with `MYTOOL`, `MYTOOL_NO_TELEMETRY=1` turns telemetry off.',
    },
  },
  directory: {
    check: must((value) => isText(value) && !/[/\\]|^\.\.?$/.test(value), 'the name of a directory, e.g. ".mytool"'),
    docs: documented && {
      type: 'string',
      default: '`.` and `app.name`, e.g. `.mytool` (`.cq` for `cloudquery`)',
      doc: "Directory in the user's home that holds the random id, the user's choice and the events not yet sent.",
    },
  },
  dataDir: {
    check: text,
    docs: documented && {
      type: 'string',
      default: '`.` and `app.name`, e.g. `.mytool` (`.cq` for `cloudquery`)',
      doc: 'Second directory that may hold the random id, relative to the working directory. It is used after `directory`.',
    },
  },
  logFile: {
    check: text,
    docs: documented && {
      type: 'string',
      default: '`app.name` and `-telemetry.log`, e.g. `mytool-telemetry.log` (`cloudquery.log` for `cloudquery`)',
      doc: 'File that `--inspect-telemetry` writes, relative to the working directory.',
    },
  },
  command: {
    check: text,
    docs: documented && {
      type: 'string',
      default: '`cq-telemetry`',
      doc: 'How users start the telemetry commands, e.g. `mytool telemetry`. Adapters set it.',
    },
  },
  notice: {
    check: oneOf('terminal', 'anywhere', 'silent'),
    docs: documented && {
      type: "'terminal' | 'anywhere' | 'silent'",
      default: '`terminal`',
      doc:
        'Where the notice is printed, on standard error. `terminal` prints it on a terminal and in CI, `anywhere` also ' +
        'into pipes and files, `silent` never. Nothing is sent until it has been printed.',
    },
  },
  publisherIds: {
    check: texts,
    docs: documented && {
      type: 'readonly string[]',
      default: 'none',
      doc: 'Your own random ids, or their first characters. Runs of these installations are not sent.',
    },
  },
  sendInDevelopment: {
    check: flag,
    docs: documented && {
      type: 'boolean',
      default: '`false`',
      doc:
        'Also sends runs of development builds: a version `0.0.0` or `…-dev`, a checkout or linked package, or ' +
        '`NODE_ENV=test`.',
    },
  },
  classifyError: {
    check: callback,
    docs: documented && {
      type: '((error: unknown) => ErrorClass | undefined)',
      default: 'the built-in classes alone',
      doc: 'Returns the class of one of your own errors, e.g. `user`, or undefined to leave it to the built-in classes.',
    },
  },
  policyDate: {
    check: must((value) => isText(value) && !Number.isNaN(Date.parse(value)), 'a date in ISO 8601'),
    docs: documented && {
      type: 'string',
      default: 'the notice is printed once',
      doc: 'Date of your last change of policy in ISO 8601. Users who saw the notice before that day see it again.',
    },
  },
  delivery: {
    check: oneOf('auto', 'detached', 'inline', 'manual'),
    docs: documented && {
      type: "'auto' | 'detached' | 'inline' | 'manual'",
      default: '`auto`',
      doc:
        'Who sends what was recorded. `detached` starts a background process, `inline` starts the same process and waits ' +
        'up to 500 ms for it, `manual` leaves it to `cq-telemetry flush`. `auto` is `inline` in CI and in cloud ' +
        'functions, else `detached`.',
    },
  },
  child: {
    check: text,
    docs: documented && {
      type: 'string',
      default: "the package's own file",
      doc:
        'Program of the process that sends, for a bundled tool: the path of a copy of `cq-telemetry/child`, or `self` for ' +
        'a single executable that imports `cq-telemetry/child` when `CQ_TELEMETRY_CHILD` is set.',
    },
  },
  signals: {
    check: flag,
    docs: documented && {
      type: 'boolean',
      default: '`false`: the next run reports an operation that a signal has ended',
      doc:
        'Ends the run on SIGINT, SIGTERM and SIGHUP, then lets the process die of the signal. With it, Ctrl-C no longer ' +
        'stops a busy loop.',
    },
  },
  joinTraces: {
    check: flag,
    docs: documented && {
      type: 'boolean',
      default: '`false`',
      doc:
        'Continues the trace that the environment variable `TRACEPARENT` names. Its id belongs to the user and is then ' +
        'sent to you. Traces from `childEnv()` are always continued.',
    },
  },
  argv: {
    check: texts,
    docs: documented && {
      type: 'readonly string[]',
      default: '`process.argv.slice(2)`',
      doc: 'Arguments in which `--no-telemetry`, `--inspect-telemetry` and `--debug-telemetry` are looked for.',
    },
  },
}
