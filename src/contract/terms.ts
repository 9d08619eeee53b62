import type { Options } from '../api/options.ts'
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
const linesOf = (words: string, value: unknown): string[] => {
  if (typeof value === 'function')
    return linesOf(words, (value as { [listedNames]?: unknown })[listedNames] ?? byFunction)
  if (Array.isArray(value))
    return value.length > maxNames ? [`${words} (by a long list)`] : value.flatMap((each) => linesOf(words, each))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, each]) => linesOf(`${words} ${key}`, each))
  // A name may contain anything, but a term must stay on one line.
  return value === undefined || value === false
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

/** Options that the contract lists only as set. */
const sent = /^(?:commit|buildDate|config|configFormat|providers|project|joinTraces)$/

const packageTerm = distro.name
/** Whether a term alone is no reason to show the notice again. Development builds are the author's own. */
export const isSilent = (term: string): boolean => [packageTerm, 'builds'].includes(term.split(' ')[0] ?? '')

/**
 * What the options allow to be sent, as short lines such as `public operations build`. A new line means that more is
 * collected. It must be fast, because each run compares the terms with those that the user has seen.
 */
export const termsOf = (options: Options): string[] => {
  const { app, otlp, rudder, publicNames, attributes, identity = 'hashes', pseudonyms, spans, notice } = options
  return linesOf('', {
    [packageTerm]: distro.version,
    tool: app.name,
    destination: { otlp: hostOf(otlp?.endpoint), rudder: hostOf(rudder?.dataPlaneUrl) },
    asks: hostOf(options.controls?.url),
    public: publicNames,
    attribute: attributes,
    identity: upTo(identity, 'id', 'hashes', 'hashes without a key'),
    pseudonyms,
    spans: spans !== 'operations' && 'of providers, resources and policies',
    sends: Object.entries({ ...app, ...options }).flatMap(([name, value]) => (value && sent.test(name) ? [name] : [])),
    notice: upTo(notice ?? 'terminal', 'on a terminal', 'anywhere'),
    consent: options.consent !== 'ask' && 'without a question',
    builds: options.sendInDevelopment && 'in development',
  }).map((line) => line.slice(1))
}

/** With the attributes of this package, which an update of it may widen: what the notice and the question acknowledge. */
export const withAttributes = (terms: readonly string[]): readonly string[] => [
  ...terms,
  ...table.map(({ key }) => `attribute ${key}`),
]
