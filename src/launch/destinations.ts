import { url } from '../api/checks.ts'
import type { Options } from '../api/options.ts'
import type { DestinationName } from '../spool/name.ts'
import type { Job, OtlpDestination } from './job.ts'
import type { Debug } from '../machine/debug.ts'
import { withoutEnd } from '../machine/text.ts'
import { exporterVariable, howByVariables } from './otel-variables.ts'

/** The destinations: those of the host's options, otherwise those of the variables. */
export interface Destinations extends Pick<Job, DestinationName> {
  /** The variable that names the collector. */
  readonly chosenBy?: string
  /** Why nothing may be sent although the host has destinations. */
  readonly problem?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Appends `/v1/traces` to the path, unless it already ends so. Keeps a query. */
const tracesUrl = (base: string): string => {
  const url = new URL(base)
  const path = withoutEnd(url.pathname, '/')
  url.pathname = path.endsWith('/v1/traces') ? path : `${path}/v1/traces`
  return url.href
}

/** OpenTelemetry's form: `key=value,key=value`, percent-encoded. A part of another form is said under debug, without its text. */
const parseHeaders = (text = '', debug: Debug): Record<string, string> =>
  Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const [key, ...rest] = pair.split('=')
      const name = key?.trim() ?? ''
      try {
        if (name !== '' && rest.length > 0) return [[name, decodeURIComponent(rest.join('=').trim())]]
      } catch {
        // Said below.
      }
      if (name !== '') debug('a header is ignored: it must be key=value')
      return []
    }),
  )

/** A variable that may name the endpoint, and the settings that come with it. */
interface Place {
  readonly name: string
  /** Whether the value is the whole URL. */
  readonly complete: boolean
  readonly headers: string | undefined
  readonly how: (debug: Debug) => Omit<OtlpDestination, 'url' | 'headers'>
}

/**
 * The variables in their order. Headers, time-outs, compression and certificates come from the same place as the
 * endpoint: what the user has set for a collector of their own must not reach the publisher.
 */
const places = (env: Environment, prefix: string): [own: Place, ...others: Place[]] => {
  const standard = {
    headers: exporterVariable(env, 'HEADERS')?.value,
    how: (debug: Debug) => howByVariables(env, debug),
  }
  return [
    { name: `${prefix}_OTLP_ENDPOINT`, complete: false, headers: env[`${prefix}_OTLP_HEADERS`], how: () => ({}) },
    { name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', complete: true, ...standard },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', complete: false, ...standard },
  ]
}

type Chosen = Pick<Options, 'rudder' | 'otlp'>

const valueOf = (env: Environment, { name }: Place): string => env[name]?.trim() ?? ''

const collectorAt = (value: string, { complete, headers, how }: Place, debug: Debug): OtlpDestination => ({
  url: complete ? value : tracesUrl(value),
  headers: parseHeaders(headers, debug),
  ...how(debug),
})

/** The destination that the variables name, in their order. */
const otlpOf = (env: Environment, all: readonly Place[], debug: Debug): Pick<Destinations, 'otlp' | 'chosenBy'> => {
  for (const place of all) {
    const value = valueOf(env, place)
    const { name } = place
    const expected = url(value)
    if (expected === undefined) return { otlp: collectorAt(value, place, debug), chosenBy: name }
    if (value !== '') debug(`${name} is ignored: it must be ${expected}`)
  }
  return {}
}

/**
 * An organisation's collector, which replaces all destinations of the host, since the organisation's data must not go
 * to the publisher. If its value cannot be used, nothing is sent. It gets none of the host's headers.
 */
const redirectOf = (env: Environment, place: Place, debug: Debug): Destinations | undefined => {
  const value = valueOf(env, place)
  const { name } = place
  if (value === '') return undefined
  const expected = url(value)
  if (expected !== undefined) return { problem: `${name} must be ${expected}` }
  return { redirect: collectorAt(value, place, debug), chosenBy: name }
}

export const destinationsOf = (
  { rudder, otlp }: Chosen,
  env: Environment,
  prefix: string,
  debug: Debug,
): Destinations => {
  const all = places(env, prefix)
  const redirected = otlp?.overridable && redirectOf(env, all[0], debug)
  if (redirected) return redirected
  if (otlp && valueOf(env, all[0]) !== '') debug(`${all[0].name} is ignored: the tool has its own collector`)
  const collector = otlp
    ? { otlp: { url: tracesUrl(otlp.endpoint), headers: otlp.headers ?? {} } }
    : otlpOf(env, all, debug)
  return { ...(rudder && { rudder }), ...collector }
}

/** Why there is no destination; undefined if there is one. */
export const noDestination = ({ rudder, otlp, redirect, problem }: Destinations): string | undefined =>
  rudder || otlp || redirect ? undefined : (problem ?? 'no destination is configured')

/** The destinations without the rest. */
export const sinksOf = ({
  chosenBy: _chosenBy,
  problem: _problem,
  ...sinks
}: Destinations): Pick<Job, DestinationName> => sinks

/**
 * The hosts of the destinations, for the notice. A URL may hold a key, so it is not shown. If a variable has chosen the
 * host, that is shown.
 */
export const hostsOf = ({ rudder, otlp, redirect, chosenBy }: Destinations): string[] => {
  const hosts = [rudder?.dataPlaneUrl, (otlp ?? redirect)?.url].map((url) => url && new URL(url).host)
  const [events, spans] = hosts
  const chosen = spans && chosenBy ? `${spans} (set by ${chosenBy})` : spans
  return [...new Set([events === spans ? chosen : events, chosen])].filter((host) => host !== undefined)
}
