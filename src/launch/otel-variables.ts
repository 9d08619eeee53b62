import { resolve } from '../machine/node.ts'
import type { OtlpDestination } from './job.ts'
import type { Debug } from '../machine/debug.ts'

/** Reads the standard variables that say how to reach a collector, beside its address and headers. */

type Environment = Readonly<Record<string, string | undefined>>
export type How = Pick<OtlpDestination, 'timeoutMs' | 'compression' | 'certificates'>

/**
 * The value of a variable. The one for traces takes precedence over the general one. An empty one counts as not set.
 */
export const exporterVariable = (env: Environment, name: string): { name: string; value: string } | undefined =>
  [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`]
    .map((each) => ({ name: each, value: env[each]?.trim() ?? '' }))
    .find(({ value }) => value !== '')

const timeoutOf = (env: Environment, debug: Debug): Pick<How, 'timeoutMs'> => {
  const found = exporterVariable(env, 'TIMEOUT')
  if (!found) return {}
  const ms = Number(found.value)
  if (Number.isSafeInteger(ms) && ms > 0) return { timeoutMs: ms }
  debug(`${found.name} is ignored: it must be a number of milliseconds above 0`)
  return {}
}

const compressionOf = (env: Environment, debug: Debug): Pick<How, 'compression'> => {
  const found = exporterVariable(env, 'COMPRESSION')
  if (!found) return {}
  if (found.value === 'gzip' || found.value === 'none') return { compression: found.value }
  debug(`${found.name} is ignored: it must be gzip or none`)
  return {}
}

const certificatesOf = (env: Environment): Pick<How, 'certificates'> => {
  const [ca, key, cert] = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'].map(
    // The child has another working directory, so the path is made absolute.
    (name) => exporterVariable(env, name)?.value && resolve(String(exporterVariable(env, name)?.value)),
  )
  return ca || key || cert ? { certificates: { ...(ca && { ca }), ...(key && { key }), ...(cert && { cert }) } } : {}
}

/** Reads the variables. A value of the wrong form is reported under debug and ignored. */
export const howByVariables = (env: Environment, debug: Debug): How => ({
  ...timeoutOf(env, debug),
  ...compressionOf(env, debug),
  ...certificatesOf(env),
})

/** Variables of OpenTelemetry that do not have their usual effect here, and why. */
const without: Readonly<Record<string, string>> = {
  OTEL_SERVICE_NAME: "the name is the tool's own",
  OTEL_RESOURCE_ATTRIBUTES: 'only the attributes of the table leave',
  OTEL_TRACES_EXPORTER: 'the destinations are those of the tool',
  OTEL_TRACES_SAMPLER: 'each run is recorded',
  OTEL_LOG_LEVEL: '--debug-telemetry prints what telemetry does',
}

/** Reports once a run, under debug, which of the set variables have no effect. */
export const sayIgnored = (env: Environment, debug: Debug): void => {
  for (const [name, why] of Object.entries(without)) {
    if (env[name]?.trim()) debug(`${name} has no effect here: ${why}`)
  }
  const protocol = exporterVariable(env, 'PROTOCOL')
  if (protocol && protocol.value !== 'http/json') debug(`${protocol.name} has no effect here: it is always http/json`)
}
