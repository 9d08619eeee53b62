import type { Options } from '../api/options.ts'
import type { Job } from './job.ts'
import type { Debug } from '../machine/debug.ts'
import { howByVariables } from './otel-variables.ts'

/** Where it goes: the host's options, then the variables. */
export type Destinations = Pick<Job, 'rudder' | 'otlp'>

type Environment = Readonly<Record<string, string | undefined>>

const tracesUrl = (base: string): string => `${base.replace(/\/+$/, '')}/v1/traces`

const isUrl = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)

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

/** In their order. Headers, time-outs and certificates come from the place that the endpoint comes from: they may be a key for that one alone. */
const variables = (env: Environment, prefix: string) => [
  { name: `${prefix}_OTLP_ENDPOINT`, complete: false, standard: false, headers: env[`${prefix}_OTLP_HEADERS`] },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    complete: true,
    standard: true,
    headers: env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? env['OTEL_EXPORTER_OTLP_HEADERS'],
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    complete: false,
    standard: true,
    headers: env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? env['OTEL_EXPORTER_OTLP_HEADERS'],
  },
]

const otlpOf = (
  options: Pick<Options, 'rudder' | 'otlp'>,
  env: Environment,
  prefix: string,
  debug: Debug,
): Destinations['otlp'] => {
  if (options.otlp) return { url: tracesUrl(options.otlp.endpoint), headers: options.otlp.headers ?? {} }
  for (const { name, complete, standard, headers } of variables(env, prefix)) {
    const value = env[name]?.trim() ?? ''
    if (value === '') continue
    if (isUrl(value)) {
      const how = standard ? howByVariables(env, debug) : {}
      return { url: complete ? value : tracesUrl(value), headers: parseHeaders(headers), ...how }
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
