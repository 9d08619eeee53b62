import { isObject, optional, required, type Rows } from './check-options.ts'
import { isBetween, isFunction, isText, must, oneOf, quoted, url } from './checks.ts'
import { documented } from './documented.ts'
import { attributes, publicNames } from './shared-options.ts'

/** Rows of `instrument()` on what is recorded, and how much of it. */

const nameKinds = ['operations', 'providers', 'resources', 'policies']

export const recordedRows = {
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
      (value) => Array.isArray(value) && value.every((each) => nameKinds.includes(each)),
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
      (value) => (isObject(value) ? Object.values(value) : [value]).every(isBetween(0, 1)),
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
      (value) => isObject(value) && Object.values(value).every(isBetween(1, 86_400)),
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
} satisfies Rows
