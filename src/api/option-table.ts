import { appName, commitHash, date, version } from '../schema/shapes.ts'
import { isObject, optional, required, type Rows } from './check-options.ts'
import { callback, flag, isFunction, isText, isTexts, must, oneOf, quoted, shaped, text, texts, url } from './checks.ts'
import { documented } from './documented.ts'
import { attributes, publicNames, rudder } from './shared-options.ts'

/**
 * The options of `instrument()`, one row each. `npm run docs` writes the interface in `options.ts` and the table in
 * docs/instrumenting.md from it.
 */

const isRate = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1

const isInterval = (value: unknown): boolean => typeof value === 'number' && value >= 1 && value <= 86_400

const nameKinds = ['operations', 'providers', 'resources', 'policies']

export const optionTable = {
  app: required(
    {
      name: required(
        shaped(
          appName(),
          'a name of at most 64 characters that starts with a letter: only lower-case letters, digits, ".", "_" and ' +
            '"-" are allowed',
        ),
        documented && {
          type: 'string',
          doc:
            'Name of the tool, e.g. `mytool`: a lower-case letter, then lower-case letters, digits, `.`, `_` and `-`, at ' +
            'most 64 characters. `directory`, `dataDir`, `envPrefix` and `logFile` are named after it by default.',
        },
      ),
      version: required(
        shaped(version(), 'a version number such as "1.2.3" or "1.2.3-beta.1"'),
        documented && {
          type: 'string',
          doc: 'Version of the tool, e.g. `1.2.3` or `1.2.3-beta.1`.',
        },
      ),
      commit: optional(
        shaped(commitHash(), 'a commit hash in lower-case hex'),
        documented && {
          type: 'string',
          doc: 'Commit that the tool was built from: 7 to 64 lower-case hex digits.',
        },
      ),
      buildDate: optional(
        shaped(date(), 'a date such as "2026-01-31" or "2026-01-31T10:00:00Z"'),
        documented && {
          type: 'string',
          doc: 'Date of the build in ISO 8601, e.g. `2026-01-31` or `2026-01-31T10:00:00Z`.',
        },
      ),
    },
    documented && { doc: 'The tool that is instrumented. Each of these values is sent.' },
  ),
  rudder,
  otlp: optional(
    {
      endpoint: required(
        url,
        documented && {
          type: 'string',
          doc: 'Base URL of the collector, e.g. `https://telemetry.example.org`. `/v1/traces` is appended, unless the path ends with it.',
        },
      ),
      headers: optional(
        must(
          (value) => isObject(value) && Object.values(value).every((each) => typeof each === 'string'),
          'an object of strings',
        ),
        documented && {
          type: 'Readonly<Record<string, string>>',
          default: 'none',
          doc: 'Headers of each request, e.g. `{ authorization: … }`.',
        },
      ),
      overridable: optional(
        flag,
        documented && {
          type: 'boolean',
          default: '`false`',
          doc:
            'Lets an organisation redirect its telemetry: where `MYTOOL_OTLP_ENDPOINT` is set, everything goes to that collector, ' +
            'with the headers of `MYTOOL_OTLP_HEADERS` alone, and nothing to you, neither to `endpoint` nor to `rudder`.',
        },
      ),
    },
    documented && {
      default: 'the endpoint that the environment names, e.g. `MYTOOL_OTLP_ENDPOINT`',
      doc: 'Sends spans to an OpenTelemetry Collector, over OTLP/HTTP with JSON.',
    },
  ),
  providers: optional(
    must(
      (value) =>
        isFunction(value) ||
        (Array.isArray(value) &&
          value.every(
            (each) =>
              isObject(each) && isText(each['name']) && ['string', 'undefined'].includes(typeof each['version']),
          )),
      'a list of { name, version }, or a function that returns one',
    ),
    documented && {
      type: 'Lazy<readonly { readonly name: string; readonly version?: string | undefined }[]>',
      default: 'none',
      doc: 'Providers (plugins) that the user has installed. A name is sent only if `publicNames.providers` has it.',
    },
  ),
  config: optional(
    () => undefined,
    documented && {
      type: 'Lazy<unknown>',
      default: 'none',
      doc:
        'The configuration in effect: any JSON value. Only a hash of it is sent. Switches, numbers and known words under ' +
        'known keys, and names that `publicNames` lists, change the hash; any other value counts as one placeholder. ' +
        'A function is called until it returns a value.',
    },
  ),
  configFormat: optional(
    oneOf('hcl', 'yaml', 'json', 'toml'),
    documented && {
      type: "'hcl' | 'yaml' | 'json' | 'toml'",
      default: 'not sent',
      doc: 'Format in which the user wrote the configuration. It is sent beside the hash of `config`.',
    },
  ),
  publicNames,
  pseudonyms: optional(
    must(
      (value) => isTexts(value) && value.every((each) => nameKinds.includes(each)),
      `a list of ${quoted(nameKinds)}`,
    ),
    documented && {
      type: "readonly ('operations' | 'providers' | 'resources' | 'policies')[]",
      default: 'none',
      doc:
        'Kinds of names that are sent as a pseudonym (`private-` and 16 hex digits) instead of `private`, so that you can ' +
        'tell them apart. A pseudonym is an HMAC under a secret that never leaves the machine. Private policies, and all ' +
        'names in CI, stay `private`.',
    },
  ),
  attributes,
  identity: optional(
    must(
      (value) =>
        ['hashes', 'random-only', 'none'].some((each) => each === value) ||
        (isObject(value) && isText(value['hmacKey'])),
      '"hashes", "random-only", "none" or { hmacKey }',
    ),
    documented && {
      type: "'hashes' | 'random-only' | 'none' | { readonly hmacKey: string }",
      default: '`hashes`',
      doc:
        'What identifies an installation. `hashes`: its random id, and SHA-1 hashes of its addresses and host name. ' +
        '`random-only`: only the random id. `{ hmacKey }`: as `hashes`, but HMAC-SHA-256 under your key, also for `config`, ' +
        'so that only a holder of the key can test guesses. `none`: nothing that two runs share, so no id, no hash, no ' +
        '`config`, `providers`, `pseudonyms` or database id, no `childEnv()` or `joinTraces`. You can still count users: ' +
        'the first run of a day, week and month says that it is the first.',
    },
  ),
  project: optional(
    must((value) => isText(value) || isFunction(value), 'a string, or a function that returns one'),
    documented && {
      type: 'Lazy<string>',
      default: 'none',
      doc:
        'What tells the project that the tool runs in from others, so that you can count projects, also in CI: `gitProject` of ' +
        '`cq-telemetry/project`. Only a hash of it is sent, as `identity` says, and with the identity `none` nothing.',
    },
  ),
  spans: optional(
    oneOf('resources', 'operations'),
    documented && {
      type: "'resources' | 'operations'",
      default: '`resources`',
      doc:
        'Which spans a collector receives. `resources`: each operation, and up to 1,000 spans of its providers, resources ' +
        'and policies. `operations`: only the operations. Both carry the same totals. RudderStack receives the same events.',
    },
  ),
  sampleRate: optional(
    must(
      (value) => (isObject(value) ? Object.values(value) : [value]).every(isRate),
      'a number from 0 to 1, or an object of such numbers by the names of operations',
    ),
    documented && {
      type: 'number | Readonly<Record<string, number>>',
      default: '`1`',
      doc:
        'Share of the operations that is recorded, from 0 to 1: of all, or of those that it names, e.g. `{ build: 0.1 }`. ' +
        'Each operation is recorded or left out at random, with the spans below it. Runs and crash reports are always ' +
        'recorded, and the rate is sent with the operation, so that reports count the others too.',
    },
  ),
  minInterval: optional(
    must(
      (value) => isObject(value) && Object.values(value).every(isInterval),
      'an object of seconds from 1 to 86400 by the names of operations',
    ),
    documented && {
      type: 'Readonly<Record<string, number>>',
      default: 'each is recorded',
      doc:
        'Seconds from 1 to 86,400 by the names of operations, e.g. `{ lint: 3600 }`: within that time after a recorded ' +
        'operation, others of the same name are left out if they succeed. A run that succeeds and has no other operation is ' +
        'left out too. The next one that is recorded says how many were left out, so that reports count them.',
    },
  ),
  controls: optional(
    {
      url: required(
        url,
        documented && {
          type: 'string',
          doc: 'Address of the control file, e.g. `https://mytool.dev/telemetry-controls`. Redirects are not followed.',
        },
      ),
      publicKey: required(
        must(
          (value) => isText(value) && /^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$/.test(value),
          'an Ed25519 public key as `cq-telemetry controls keygen` prints it',
        ),
        documented && {
          type: 'string',
          doc: 'Ed25519 key that must have signed the file, as `cq-telemetry controls keygen` prints it.',
        },
      ),
    },
    documented && {
      default: 'none',
      doc:
        'A signed file with which you can lower rates, stop operations, or stop all recording, of versions that are ' +
        'already installed. The process that sends asks for it once a day. It can only reduce what is recorded.',
    },
  ),
  docsUrl: optional(
    url,
    documented && {
      type: 'string',
      default: 'no link',
      doc: 'URL of your page about telemetry. The notice links to it.',
    },
  ),
  envPrefix: optional(
    must(
      (value) => isText(value) && /^[A-Z][A-Z0-9_]*$/.test(value),
      'upper-case letters, digits and "_", e.g. "MYTOOL"',
    ),
    documented && {
      type: 'string',
      default: '`app.name` in upper case, with `_` for other characters, e.g. `MYTOOL` (`CQ` for `cloudquery`)',
      doc: 'Prefix of the environment variables: with `MYTOOL`, `MYTOOL_NO_TELEMETRY=1` turns telemetry off.',
    },
  ),
  directory: optional(
    must((value) => isText(value) && !/[/\\]|^\.\.?$/.test(value), 'the name of a directory, e.g. ".mytool"'),
    documented && {
      type: 'string',
      default: '`.` and `app.name`, e.g. `.mytool` (`.cq` for `cloudquery`)',
      doc:
        "Directory in the user's home that holds the random id, the user's choice and the events not yet sent. `xdg` stands " +
        'for `$XDG_STATE_HOME/mytool` (by default `~/.local/state/mytool`; on macOS `~/Library/Application Support/mytool`, on ' +
        'Windows `%LOCALAPPDATA%\\mytool`). A `~/.mytool` that holds such files already stays in use.',
    },
  ),
  dataDir: optional(
    text,
    documented && {
      type: 'string',
      default: '`.` and `app.name`, e.g. `.mytool` (`.cq` for `cloudquery`)',
      doc: 'Second directory that may hold the random id, relative to the working directory. It is used after `directory`.',
    },
  ),
  logFile: optional(
    text,
    documented && {
      type: 'string',
      default: '`app.name` and `-telemetry.log`, e.g. `mytool-telemetry.log` (`cloudquery.log` for `cloudquery`)',
      doc: 'File that `--inspect-telemetry` writes, relative to the working directory.',
    },
  ),
  command: optional(
    text,
    documented && {
      type: 'string',
      default: '`npx cq-telemetry --tool mytool …`',
      doc: 'How users start the telemetry commands, e.g. `mytool telemetry`. Adapters set it.',
    },
  ),
  consent: optional(
    oneOf('notice', 'ask'),
    documented && {
      type: "'notice' | 'ask'",
      default: '`notice`',
      doc:
        'How the user agrees. `notice` says that telemetry is on and how to switch it off. `ask` records nothing until the user ' +
        'has said yes, to the question of `telemetry.ask()` or by `mytool telemetry enable`.',
    },
  ),
  notice: optional(
    oneOf('terminal', 'anywhere', 'silent'),
    documented && {
      type: "'terminal' | 'anywhere' | 'silent'",
      default: '`terminal`',
      doc:
        'Where the notice is printed, on standard error. `terminal` prints it on a terminal and in CI, `anywhere` also ' +
        'into pipes and files, `silent` never. Nothing is sent until it has been printed.',
    },
  ),
  publisherIds: optional(
    texts,
    documented && {
      type: 'readonly string[]',
      default: 'none',
      doc: 'Your own random ids, or their first characters. Runs of these installations are not sent.',
    },
  ),
  sendInDevelopment: optional(
    flag,
    documented && {
      type: 'boolean',
      default: '`false`',
      doc:
        'Also sends runs of development builds: a version `0.0.0` or `…-dev`, a checkout or a link of the tool, or a test ' +
        '(`NODE_ENV=test`, `node --test`, Vitest, Jest, Mocha, Jasmine, uvu, node-tap).',
    },
  ),
  classifyError: optional(
    callback,
    documented && {
      type: '((error: unknown) => ErrorClass | undefined)',
      doc: 'Returns the class of one of your own errors, e.g. `user`, or undefined to leave it to the built-in classes.',
    },
  ),
  successCodes: optional(
    must(
      (value) => Array.isArray(value) && value.every((each) => Number.isInteger(each) && each >= 0 && each <= 255),
      'a list of exit codes, whole numbers from 0 to 255',
    ),
    documented && {
      type: 'readonly number[]',
      default: '`[0]`',
      doc:
        'Exit codes that mean success, e.g. `[0, 1]` for a linter. 0 always does. A run that ends with an uncaught error ' +
        'has failed, whatever its code.',
    },
  ),
  delivery: optional(
    oneOf('auto', 'detached', 'inline', 'manual'),
    documented && {
      type: "'auto' | 'detached' | 'inline' | 'manual'",
      default: '`auto`',
      doc:
        'Who sends what was recorded. `detached`: a background process. `inline`: the same process, and the command waits ' +
        'up to 500 ms for it. `manual`: only `cq-telemetry flush`. `auto`: `inline` in CI, in cloud functions and in a ' +
        'container that ends with the command (there up to a second), else `detached`.',
    },
  ),
  child: optional(
    text,
    documented && {
      type: 'string',
      default: "the package's own file",
      doc:
        'For a bundled tool: the program of the process that sends. Either the path of a copy of `cq-telemetry/child`, ' +
        "absolute or relative to the folder of the tool's script; or `self`, for a single executable that imports " +
        '`cq-telemetry/child` when `CQ_TELEMETRY_CHILD` is set.',
    },
  ),
  signals: optional(
    flag,
    documented && {
      type: 'boolean',
      default: '`false`',
      doc:
        'Ends the run on SIGINT, SIGTERM and SIGHUP, then lets the process die of the signal. The price: Ctrl-C no longer ' +
        'stops a busy loop. Without this option, the next run reports the operation that the signal ended.',
    },
  ),
  joinTraces: optional(
    flag,
    documented && {
      type: 'boolean',
      default: '`false`',
      doc:
        'Continues the trace of the environment variable `TRACEPARENT`. Its id belongs to the user, and is then sent to ' +
        'you. Traces from `childEnv()` are always continued.',
    },
  ),
  argv: optional(
    texts,
    documented && {
      type: 'readonly string[]',
      default: '`process.argv.slice(2)`',
      doc: 'Arguments that may hold `--no-telemetry`, `--inspect-telemetry` and `--debug-telemetry`.',
    },
  ),
} satisfies Rows
