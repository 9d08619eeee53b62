import { byFunction } from '../contract/terms.ts'
import { byVariables, type Lock, type LockedAttribute } from './contract-lock.ts'

/** The difference between two lock files, in sentences for a changelog and for the users' page. */

export interface Difference {
  readonly wider: readonly string[]
  readonly narrower: readonly string[]
  readonly changed: readonly string[]
}

const code = (text: string): string => `\`${text}\``

const now = (is: boolean): string => (is ? 'now' : 'no longer')

const singular: Readonly<Record<string, string>> = {
  operations: 'operation',
  providers: 'provider',
  resources: 'resource',
  policies: 'policy',
  packages: 'package',
  options: 'option',
}

const names: Readonly<Record<string, string>> = { otlp: 'OpenTelemetry', rudder: 'RudderStack' }

/** By the first word of a key: the sentence about a member that was added (`is`) or removed. */
const sentences: Readonly<Record<string, (is: boolean, member: string, kind: string) => string>> = {
  destination: (is, host, kind) => `Data ${now(is)} goes to ${host}, by ${own(names, kind) ?? kind}.`,
  public: (is, name, kind) =>
    name.startsWith('(')
      ? `Public names of ${kind} are ${now(is)} decided while the tool runs: ${name.slice(1, -1)}.`
      : `The ${own(singular, kind) ?? kind} ${code(name)} is ${now(is)} sent by its name.`,
  identity: (is, what) => `An installation is ${now(is)} identified: ${what}.`,
  pseudonyms: (is, kind) => `Private names of ${kind} are ${now(is)} sent as pseudonyms.`,
  spans: (is, what) => `Spans ${what} are ${now(is)} sent.`,
  sends: (is) => `The trace id that the variable \`TRACEPARENT\` holds is ${now(is)} sent.`,
  notice: (is, where) => `Data is ${now(is)} sent once the notice was printed ${where}.`,
  asks: (is, host) => `The controls of the publisher are ${now(is)} fetched from ${host}.`,
  consent: (is) => `Telemetry is ${now(is)} on before the user was asked.`,
  builds: (is) => `Runs of development builds are ${now(is)} sent.`,
}

/** A lock file may have any keys, such as `constructor`. */
const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

const isText = (values: LockedAttribute['values']): values is string => typeof values === 'string'

const valuesText = ({ values }: LockedAttribute): string =>
  isText(values) ? values : `one of ${values.map(code).join(' ')}`

const membersOnlyIn = (lock: Lock, other: Lock, is: boolean): string[] =>
  Object.entries(lock.allows).flatMap(([key, members]) => {
    const [first = '', kind = ''] = key.split(' ')
    const others = own(other.allows, key) ?? []
    // A function allows any name.
    const known = others.includes(byFunction) ? members : others
    return members
      .filter((member) => member !== byVariables && !known.includes(member))
      .map((member) => own(sentences, first)?.(is, member, kind) ?? `${key} ${member} is ${now(is)} allowed.`)
  })

const attributesOnlyIn = (lock: Lock, other: Lock, is: boolean): string[] =>
  Object.entries(lock.attributes)
    .filter(([key]) => !own(other.attributes, key))
    .map(([key, attribute]) =>
      is
        ? `${code(key)} is now sent (${attribute.sensitivity}; ${valuesText(attribute)}): ${attribute.purpose}`
        : `${code(key)} is no longer sent.`,
    )

/** Words of closed lists that only one lock has, for attributes that both have. */
const wordsOnlyIn = (lock: Lock, other: Lock, is: boolean): string[] =>
  Object.entries(lock.attributes).flatMap(([key, { values }]) => {
    const known = own(other.attributes, key)?.values
    if (!known || isText(known) || isText(values)) return []
    return values
      .filter((word) => !known.includes(word))
      .map((word) => `${code(word)} is ${now(is)} a value of ${code(key)}.`)
  })

const fields = {
  on: 'the kind of span',
  purpose: 'the purpose',
  sensitivity: 'the sensitivity',
  setBy: 'who sets it',
  type: 'the type',
  values: 'the form of its values',
} as const

const inOrder = (value: string | readonly string[]): string | readonly string[] =>
  isText(value) ? value : [...value].sort()

const changesOf = (key: string, before: LockedAttribute, after: LockedAttribute): string[] =>
  Object.entries(fields).flatMap(([field, words]) => {
    const [was, is] = [before, after].map((attribute) => inOrder(attribute[field as keyof LockedAttribute]))
    // Closed lists of words have sentences of their own.
    if (field === 'values' && !isText(was as string) && !isText(is as string)) return []
    return String(was) === String(is)
      ? []
      : [`${code(key)}: ${words} was "${String(was)}", and is now "${String(is)}".`]
  })

const onlyIn = (lock: Lock, other: Lock, is: boolean): string[] => [
  ...membersOnlyIn(lock, other, is),
  ...attributesOnlyIn(lock, other, is),
  ...wordsOnlyIn(lock, other, is),
]

export const differenceOf = (before: Lock, after: Lock): Difference => ({
  wider: onlyIn(after, before, true),
  narrower: onlyIn(before, after, false),
  changed: [
    ...(before.tool === after.tool ? [] : [`The tool was ${code(before.tool)}, and is now ${code(after.tool)}.`]),
    ...Object.entries(after.attributes).flatMap(([key, attribute]) => {
      const old = own(before.attributes, key)
      return old ? changesOf(key, old, attribute) : []
    }),
  ],
})
