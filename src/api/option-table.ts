import { appName, commitHash, date, version } from '../schema/shapes.ts'
import { isObject, optional, required, type Rows } from './check-options.ts'
import { callback, flag, must, oneOf, shaped, text, texts, url } from './checks.ts'
import { documented } from './documented.ts'
import { recordedRows } from './recorded-options.ts'
import { rudder } from './shared-options.ts'
import { userRows } from './user-options.ts'

/**
 * The options of `instrument()`, one row each. `npm run docs` writes the interface in `options.ts` and the table in
 * docs/instrumenting.md from it.
 */

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
  ...recordedRows,
  ...userRows,
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
