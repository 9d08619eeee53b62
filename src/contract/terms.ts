import type { Options } from '../api/options.ts'
import { distro } from '../schema/distro.ts'
import { table } from '../schema/table.ts'

/** Where an adapter says what its functions allow: the symbol of `frameworks/public-names.ts`. */
const listedNames: unique symbol = Symbol.for('cq-telemetry.names') as never

/** In the place of names that a function of the host's allows: any name. */
export const byFunction = '(by a function)'

/** The file of the notice lists what the user has seen, so that it has to stay small. */
const maxNames = 1_000
/** No name of this length is sent. */
const maxLength = 100

/** Objects become the words before a value, and each member of a list has a line. An adapter's function says which names it knows. */
const linesOf = (words: string, value: unknown): string[] => {
  if (typeof value === 'function')
    return linesOf(words, (value as { [listedNames]?: unknown })[listedNames] ?? byFunction)
  if (Array.isArray(value))
    return value.length > maxNames ? [`${words} (by a long list)`] : value.flatMap((each) => linesOf(words, each))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, each]) => linesOf(`${words} ${key}`, each))
  // A name may hold anything, and a line must stay one.
  return value === undefined || value === false
    ? []
    : [
        `${words} ${String(value as string | number | boolean)
          .replaceAll(/\s+/g, ' ')
          .slice(0, maxLength)}`,
      ]
}

/** The host alone: a URL may hold a key. */
const hostOf = (url: string | undefined): string | undefined => url && new URL(url).host

/** How many of the words each value has. An object with a key has two. */
const levels: Readonly<Record<string, number>> = { none: 0, 'random-only': 1, hashes: 3, silent: 0, terminal: 1 }
const upTo = (value: unknown, ...words: readonly string[]): readonly string[] =>
  words.slice(0, levels[value as string] ?? 2)

/** Options of which the contract says only that they are set. */
const sent = /^(?:commit|buildDate|config|configFormat|providers|project|joinTraces)$/

const packageTerm = distro.name
/** Terms that are no reason to show the notice again. Builds in development are the author's own. */
export const isSilent = (term: string): boolean => [packageTerm, 'builds'].includes(term.split(' ')[0] ?? '')

/**
 * What the options let leave the machine, as short lines such as `public operations build`. More is collected where a line
 * is new. Cheap, because each run compares them with what the user has seen.
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
