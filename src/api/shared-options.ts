import { isCustomName, isDeclaration, maxCustom } from '../schema/custom.ts'
import type { PublicNames } from '../schema/names.ts'
import { type Docs, isObject, optional, required, type Row } from './check-options.ts'
import { isFunction, isTexts, must, text, url } from './checks.ts'
import { documented } from './documented.ts'

/** Option rows that `instrument()` shares with the exporters and the bridge. */

export const rudderRows = {
  writeKey: required(text, documented && { type: 'string', doc: 'Write key of your RudderStack source.' }),
  dataPlaneUrl: required(
    url,
    documented && { type: 'string', doc: 'Base URL of the data plane. `/v1/batch` is appended.' },
  ),
}

export const rudder = optional(
  rudderRows,
  documented && {
    default: 'nothing is sent to RudderStack',
    doc: 'Sends events to RudderStack, alone or beside `otlp`.',
  },
)

const names = must((value) => isTexts(value) || isFunction(value), 'a list of strings or a function')

const docsOf = (doc: string): Docs => ({
  type: 'readonly string[] | ((name: string) => boolean)',
  default: 'none',
  doc,
})

/** The kinds of public names. */
export const nameRows = {
  operations: optional(names, documented && docsOf('Public names of operations.')),
  providers: optional(names, documented && docsOf('Public names of providers.')),
  resources: optional(
    names,
    documented && {
      type: 'readonly string[] | ((provider: string, name: string) => boolean)',
      default: 'none',
      doc: 'Public names of resources. A resource of a provider that is not public is never public.',
    },
  ),
  policies: optional(names, documented && docsOf('Public names of policies.')),
  packages: optional(
    names,
    documented && docsOf('Packages whose files a crash report may name, with line and column, e.g. your own.'),
  ),
  options: optional(
    names,
    documented &&
      docsOf(
        "Options of the command line whose use may be recorded, e.g. `['dry-run', 'output', 'output=json']`. Any other " +
          'is left out. The adapters of frameworks declare those of the program.',
      ),
  ),
} satisfies Record<keyof PublicNames, Row>

export const publicNames = optional(
  nameRows,
  documented && {
    type: '(Names & LiteralNames<Names>)',
    default: 'none',
    doc:
      'Names that may be sent, each kind as a list of literals or as a predicate, e.g. ' +
      "`{ operations: ['build', 'test'] }`. Any other name is sent as `private`.",
  },
)

export const attributes = optional(
  must(
    (value) =>
      isObject(value) &&
      Object.keys(value).length <= maxCustom &&
      Object.entries(value).every(([name, each]) => isCustomName(name) && isDeclaration(each)),
    `an object of at most ${maxCustom} names such as "output" or "dry_run", each made by oneOf(...), bool() or ` +
      'bucket(...) with words of at most 32 letters, digits, ".", "_" and "-", or with integers',
  ),
  documented && {
    type: 'Attributes',
    default: 'none',
    doc:
      'Declares up to 20 attributes of your operations, which `operation.set()` sets, e.g. ' +
      "`{ output: oneOf('json', 'table'), cached: bool(), rows: bucket() }`.",
  },
)
