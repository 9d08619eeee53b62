import type { Options } from '../api/options.ts'
import type { Job, OtlpDestination } from './job.ts'
import type { Debug } from '../machine/debug.ts'
import { withoutEnd } from '../machine/text.ts'
import { exporterVariable, howByVariables } from './otel-variables.ts'

/** Where it goes: the host's options, then the variables. */
export type Destinations = Pick<Job, 'rudder' | 'otlp'>

type Environment = Readonly<Record<string, string | undefined>>

/** Appends `/v1/traces` to the path, unless the author or the user has written it already; a query stays. */
const tracesUrl = (base: string): string => {
  const url = new URL(base)
  const path = withoutEnd(url.pathname, '/')
  url.pathname = path.endsWith('/v1/traces') ? path : `${path}/v1/traces`
  return url.href
}

const isUrl = (value: string): boolean => /^https?:/i.test(value) && URL.canParse(value)

/** OpenTelemetry's form: `key=value,key=value`, percent-encoded. */
const parseHeaders = (text = ''): Record<string, string> =>
  Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const [key, ...rest] = pair.split('=')
      const name = key?.trim() ?? ''
      if (name === '' || rest.length === 0) return []
      try {
        return [[name, decodeURIComponent(rest.join('=').trim())]]
      } catch {
        return []
      }
    }),
  )

/** Where an endpoint may come from besides the host's option, and what comes with it. */
interface Place {
  readonly name: string
  /** The value is the whole URL. */
  readonly complete: boolean
  readonly headers: string | undefined
  readonly how: (debug: Debug) => Omit<OtlpDestination, 'url' | 'headers'>
}

/**
 * In their order. Headers, time-outs, compression and certificates come from the same place as the endpoint: what the user
 * has set for a collector of their own must not reach the publisher.
 */
const places = (env: Environment, prefix: string): Place[] => {
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

const otlpOf = (
  options: Pick<Options, 'rudder' | 'otlp'>,
  env: Environment,
  prefix: string,
  debug: Debug,
): Destinations['otlp'] => {
  if (options.otlp) return { url: tracesUrl(options.otlp.endpoint), headers: options.otlp.headers ?? {} }
  for (const { name, complete, headers, how } of places(env, prefix)) {
    const value = env[name]?.trim() ?? ''
    if (value === '') continue
    if (isUrl(value)) {
      return { url: complete ? value : tracesUrl(value), headers: parseHeaders(headers), ...how(debug) }
    }
    debug(`${name} is ignored: it must be an http or https URL`)
  }
  return undefined
}

export const destinationsOf = (
  options: Pick<Options, 'rudder' | 'otlp'>,
  env: Environment,
  prefix: string,
  debug: Debug,
): Destinations => {
  const otlp = otlpOf(options, env, prefix, debug)
  return { ...(options.rudder && { rudder: options.rudder }), ...(otlp && { otlp }) }
}

/** Hosts alone, for the notice: a URL may hold a key. */
export const hostsOf = ({ rudder, otlp }: Destinations): string[] => [
  ...new Set([rudder?.dataPlaneUrl, otlp?.url].flatMap((url) => (url === undefined ? [] : [new URL(url).host]))),
]
