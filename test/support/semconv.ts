import { parse } from 'yaml'

/**
 * Checks a registry by the rules of Weaver's JSON schema for files of semantic conventions
 * (open-telemetry/weaver, schemas/semconv.schema.json), and by those of its resolver: each reference has a definition, each id is
 * there once, and each attribute of type string has an example. Weaver itself is on no registry that tests can install from.
 */

type Json = Readonly<Record<string, unknown>>

const stabilities = ['stable', 'development', 'alpha', 'beta', 'release_candidate']
const types = ['string', 'int', 'double', 'boolean', 'any'].flatMap((type) => [type, `${type}[]`])

const ofGroups = ['id', 'type', 'brief', 'note', 'stability', 'attributes', 'name', 'span_kind', 'annotations']
const ofDefinitions = ['id', 'type', 'stability', 'brief', 'note', 'examples', 'annotations']
const ofReferences = ['ref', 'requirement_level']

const unknown = (object: Json, known: readonly string[]): string[] =>
  Object.keys(object).flatMap((key) => (known.includes(key) ? [] : [`unknown ${key}`]))

const texts = (object: Json, ...keys: readonly string[]): string[] =>
  keys.flatMap((key) => (typeof object[key] === 'string' && object[key] !== '' ? [] : [`${key} is no text`]))

const stability = (object: Json): string[] => (stabilities.includes(String(object['stability'])) ? [] : ['stability'])

const membersOf = (type: unknown): readonly Json[] | undefined => (type as { members?: readonly Json[] }).members

const typeProblems = (type: unknown): string[] => {
  if (typeof type === 'string') return types.includes(type) ? [] : [`type ${type}`]
  const members = membersOf(type) ?? []
  const ids = new Set(members.map(({ id }) => id))
  return [
    ...(members.length > 0 && ids.size === members.length ? [] : ['members']),
    ...members.flatMap((each) => [
      ...texts(each, 'id', 'value'),
      ...stability(each),
      ...unknown(each, ['id', 'value', 'brief', 'note', 'stability']),
    ]),
  ]
}

const exampleProblems = ({ type, examples }: Json): string[] => {
  if (type !== 'string' && type !== 'string[]') return []
  const list = Array.isArray(examples) ? (examples as unknown[]) : []
  const isRight = (each: unknown): boolean =>
    type === 'string' ? typeof each === 'string' : Array.isArray(each) && each.every((item) => typeof item === 'string')
  return list.length > 0 && list.every(isRight) ? [] : ['examples']
}

const attributeProblems = (attribute: Json, defined: ReadonlySet<unknown>): string[] =>
  'ref' in attribute
    ? [
        ...unknown(attribute, ofReferences),
        ...(defined.has(attribute['ref']) ? [] : ['undefined']),
        ...(['required', 'recommended', 'opt_in'].includes(String(attribute['requirement_level'])) ? [] : ['level']),
      ]
    : [
        ...unknown(attribute, ofDefinitions),
        ...texts(attribute, 'id', 'brief', 'note'),
        ...stability(attribute),
        ...typeProblems(attribute['type']),
        ...exampleProblems(attribute),
      ]

const kinds = ['attribute_group', 'entity', 'span']

const groupProblems = (group: Json): string[] => [
  ...unknown(group, ofGroups),
  ...texts(group, 'id', 'brief', 'type'),
  ...(kinds.includes(String(group['type'])) && Array.isArray(group['attributes']) ? [] : ['type or attributes']),
  ...(group['type'] === 'attribute_group' ? [] : stability(group)),
  ...(group['type'] === 'entity' ? texts(group, 'name') : []),
  ...(group['type'] === 'span' && group['span_kind'] !== 'internal' ? ['span_kind'] : []),
]

/** What is wrong with a file of groups, each with the id of where it is. */
export const semconvProblems = (text: string): string[] => {
  const { groups = [], ...rest } = parse(text) as { groups?: readonly Json[] }
  const attributes = groups.flatMap((group) => (group['attributes'] ?? []) as readonly Json[])
  const definitions = attributes.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const ids = [...groups.map(({ id }) => id), ...definitions]
  return [
    ...unknown(rest, []),
    ...(groups.length > 0 ? [] : ['no groups']),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${String(id)} is there twice`),
    ...groups.flatMap((group) => groupProblems(group).map((problem) => `${String(group['id'])}: ${problem}`)),
    ...attributes.flatMap((each) =>
      attributeProblems(each, new Set(definitions)).map(
        (problem) => `${String(each['id'] ?? each['ref'])}: ${problem}`,
      ),
    ),
  ]
}
