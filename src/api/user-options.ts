import { optional, type Rows } from './check-options.ts'
import { flag, isText, must, oneOf, text, texts, url } from './checks.ts'
import { documented } from './documented.ts'

/** Rows of `instrument()` on what the user sees, and where the tool's files are. */

export const userRows = {
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
} satisfies Rows
