import type { Options } from '../api/options.ts'
import { nameRows } from '../api/shared-options.ts'
import type { PublicNames } from '../schema/names.ts'
import { distro } from '../schema/distro.ts'
import { table } from '../schema/table.ts'

/** The key under which an adapter lists the names that its function allows (`frameworks/public-names.ts`). */
const listedNames: unique symbol = Symbol.for('cq-telemetry.names') as never

/** Stands for the names that a function of the host allows, which may be any. */
export const byFunction = '(by a function)'

/** The most names of a list. The notice file lists what the user has seen, so it has to stay small. */
const maxNames = 1_000
/** A longer name is never sent. */
const maxLength = 100

/**
 * The lines of a value. The keys of objects become the words before a value, and each member of a list gets a line. The function
 * of an adapter lists the names that it knows.
 */
const linesOf = (words: string, value: unknown, most: number): string[] => {
  if (typeof value === 'function')
    return linesOf(words, (value as { [listedNames]?: unknown })[listedNames] ?? byFunction, most)
  if (Array.isArray(value))
    return value.length > most ? [`${words} (by a long list)`] : value.flatMap((each) => linesOf(words, each, most))
  if (value && typeof value === 'object')
    return Object.entries(value).flatMap(([key, each]) => linesOf(`${words} ${key}`, each, most))
  // A name may contain anything, but a term must stay on one line.
  return (value ?? false) === false
    ? []
    : [
        `${words} ${String(value as string | number | boolean)
          .replaceAll(/\s+/g, ' ')
          .slice(0, maxLength)}`,
      ]
}

/** The host of a URL. The rest of it may hold a key. */
const hostOf = (url: string | undefined): string | undefined => url && new URL(url).host

/** How many of the words each value covers. An object with a key covers two. */
const levels: Readonly<Record<string, number>> = { none: 0, 'random-only': 1, hashes: 3, silent: 0, terminal: 1 }
const upTo = (value: unknown, ...words: readonly string[]): readonly string[] =>
  words.slice(0, levels[value as string] ?? 2)

const packageTerm = distro.name
/**
 * Whether a term alone is no reason to show the notice again. Development builds are the author's own, and an
 * organisation's collector is the user's own.
 */
export const isSilent = (term: string): boolean =>
  [packageTerm, 'builds', 'overridable'].some((word) => term.startsWith(word))

/** The names that have a value. A host may inherit options from a prototype, so they are read one by one. */
const given = <T extends object>(from: T, ...names: readonly (keyof T)[]) => names.filter((name) => from[name])

/**
 * What the options allow to be sent, as short lines such as `public operations build`. A new line means that more is
 * collected. It must be fast, because each run compares the terms with those that the user has seen. A list with more
 * names than `most` becomes one line.
 */
export const termsOf = (options: Options, most = maxNames): string[] => {
  const { app, otlp, identity = 'hashes' } = options
  // Any JSON value is a configuration.
  const config = options.config !== undefined && ['config', given(options, 'configFormat')]
  const identified = identity !== 'none'
  return linesOf(
    '',
    {
      [packageTerm]: distro.version,
      tool: app.name,
      destination: { otlp: hostOf(otlp?.endpoint), rudder: hostOf(options.rudder?.dataPlaneUrl) },
      overridable: otlp?.overridable,
      asks: hostOf(options.controls?.url),
      public: (Object.keys(nameRows) as (keyof PublicNames)[]).map((kind) => ({ [kind]: options.publicNames?.[kind] })),
      attribute: options.attributes,
      identity: upTo(identity, 'id', 'hashes', 'hashes without a key'),
      pseudonyms: identified && options.pseudonyms,
      spans: options.spans !== 'operations' && 'of providers, resources and policies',
      sends: [
        given(app, 'commit', 'buildDate'),
        identified && [config, given(options, 'providers', 'project', 'joinTraces')],
      ],
      notice: upTo(options.notice ?? 'terminal', 'on a terminal', 'anywhere'),
      consent: options.consent !== 'ask' && 'without a question',
      builds: options.sendInDevelopment && 'in development',
    },
    most,
  ).map((line) => line.slice(1))
}

/** With the attributes of this package, which an update of it may widen: what the notice and the question acknowledge. */
export const withAttributes = (terms: readonly string[]): readonly string[] => [
  ...terms,
  ...table.map(({ key }) => `attribute ${key}`),
]
