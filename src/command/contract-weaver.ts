import { distro } from '../schema/distro.ts'
import { spanTypes } from '../schema/vocabulary.ts'
import type { Lock, LockedAttribute } from './contract-lock.ts'

/**
 * The contract as a registry of OpenTelemetry's semantic conventions, which Weaver reads: a manifest, and the groups in
 * the form of https://github.com/open-telemetry/weaver/blob/main/schemas/semconv-syntax.md (version 1). It defines all
 * attributes itself, so that it can be resolved without a network.
 */

type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml }

/** Whether YAML reads a word as text. Any other text is quoted as in JSON, which is valid YAML. */
const isPlain = (text: string): boolean =>
  /^[a-z][a-z0-9_.]*(?:\[\])?$/.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/.test(text)

const scalar = (value: string | number | boolean): string =>
  typeof value === 'string' && !isPlain(value) ? JSON.stringify(value) : String(value)

/** The value after a key or a hyphen, including the line break before or after it. */
const yaml = (value: Yaml, indent = ''): string => {
  if (typeof value !== 'object') return ` ${scalar(value)}\n`
  const deeper = `${indent}  `
  const lines = Array.isArray(value)
    ? value.map((each: Yaml) => `${indent}- ${yaml(each, deeper).trimStart()}`)
    : Object.entries(value).map(([key, each]) => `${indent}${key}:${yaml(each, deeper)}`)
  return lines.length === 0 ? ' []\n' : `\n${lines.join('')}`
}

const stability = 'development'

/** Examples by the form of the values, as the table describes it. */
const examples: Readonly<Record<string, string>> = {
  UUID: '0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0',
  'SHA-1 or HMAC-SHA-256 in hex': '0f1e2d3c4b5a69788796a5b4c3d2e1f001234567',
  'version number': '1.2.3',
  'version number or `unknown`': '1.2.3',
  'name of the tool': 'mytool',
  'commit hash': '0f1e2d3',
  'ISO 8601 date': '2026-01-31',
  'numbers with dots': '22.12.0',
  'decimal number': '7301234567890123456',
  'product and numbers': 'PostgreSQL 17.2',
  '`name@version`': 'private@unknown',
  'a public name, `private` or `_OTHER`': 'private',
  'declared option, or `option=value` of a closed list': 'dry-run',
  '`package/path:line:column`, `node:module:line:column` or `_OTHER`': '_OTHER',
  'ISO 3166-1 code': 'NZ',
  'ISO 3166-2 code': 'NZ-AUK',
}

const exampleOf = ({ values }: LockedAttribute): string =>
  typeof values === 'string' ? (examples[values.replace(/^list of /, '')] ?? 'private') : (values[0] ?? 'private')

const typeOf = ({ type, values }: LockedAttribute): Yaml =>
  type === 'string' && typeof values !== 'string'
    ? { members: values.map((value) => ({ id: value, value, brief: value, stability })) }
    : type

const definition = (key: string, attribute: LockedAttribute): Yaml => {
  const { type, values, purpose, sensitivity, setBy } = attribute
  const form = typeof values === 'string' ? values : `one of ${values.join(' ')}`
  return {
    id: key,
    type: typeOf(attribute),
    stability,
    brief: purpose,
    note: `Values: ${form}. Set by the ${setBy}.`,
    ...(type.startsWith('string') && {
      examples: [type === 'string[]' ? [exampleOf(attribute)] : exampleOf(attribute)],
    }),
    annotations: { sensitivity },
  }
}

export const registryFiles = ({ attributes, tool }: Lock): Readonly<Record<string, string>> => {
  const entries = Object.entries(attributes)
  const refsOn = (carrier: string): Yaml =>
    entries.filter(([, { on }]) => on.includes(carrier)).map(([key]) => ({ ref: key, requirement_level: 'opt_in' }))
  const groups: Yaml = [
    {
      id: `registry.${tool}`,
      type: 'attribute_group',
      brief: `Every attribute that ${tool} may send.`,
      attributes: entries.map(([key, attribute]) => definition(key, attribute)),
    },
    {
      id: `entity.${tool}`,
      type: 'entity',
      name: tool,
      stability,
      brief: `The resource of each span of ${tool}.`,
      attributes: refsOn('resource'),
    },
    ...spanTypes
      .filter((type) => entries.some(([, { on }]) => on.includes(type)))
      .map((type) => ({
        id: `span.${tool}.${type}`,
        type: 'span',
        span_kind: 'internal',
        stability,
        brief: `A span of ${tool} whose \`cq.span.type\` is \`${type}\`.`,
        attributes: refsOn(type),
      })),
  ]
  return {
    'manifest.yaml': yaml({
      name: tool,
      description: `What ${tool} may send as telemetry, with ${distro.name} ${distro.version}.`,
      schema_url: distro.schemaUrl.replace(/[^/]+$/, `${tool}/${distro.version}`),
    }).trimStart(),
    // The same for each tool. A tool may be named `manifest`, or be renamed.
    'attributes.yaml': yaml({ groups }).trimStart(),
  }
}
