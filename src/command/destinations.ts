import type { Options } from '../api/options.ts'
import { type Destinations, destinationsOf, noDestination } from '../launch/destinations.ts'
import { readFile } from '../machine/read-file.ts'
import { type Setting, UsageError } from './setting.ts'
import { why } from './why.ts'

/** The destinations of a command: those of its options, of the tool that it is a part of, and of the variables. */

export interface RudderOptions {
  readonly rudderUrl?: string
  readonly writeKeyFile?: string
}

export interface DestinationOptions extends RudderOptions {
  readonly otlpEndpoint?: string
}

const isUrl = (text: string): boolean => /^https?:/i.test(text) && URL.canParse(text)

/** A longer write key is not read. */
const maxKeyBytes = 4096

const keyIn = (file: string): string => {
  try {
    return readFile(file, maxKeyBytes).toString('utf8').trim()
  } catch (error) {
    throw new UsageError(`the file of --write-key-file ${why('read', error)}`, { cause: error })
  }
}

/**
 * The destination at RudderStack. The key comes from a file, since every process of the machine can read a command
 * line.
 */
export const rudderOf = (
  { rudderUrl, writeKeyFile }: RudderOptions,
  env: NodeJS.ProcessEnv,
): Destinations['rudder'] => {
  const dataPlaneUrl = rudderUrl ?? env['CQ_RUDDER_URL']
  const writeKey = writeKeyFile === undefined ? env['CQ_RUDDER_WRITE_KEY'] : keyIn(writeKeyFile)
  if (!dataPlaneUrl && !writeKey) return undefined
  if (!dataPlaneUrl) throw new UsageError('the write key needs a data plane: give --rudder-url, or set CQ_RUDDER_URL')
  if (!writeKey)
    throw new UsageError('the data plane needs a write key: give --write-key-file, or set CQ_RUDDER_WRITE_KEY')
  if (!isUrl(dataPlaneUrl)) throw new UsageError('--rudder-url must be an http or https URL')
  return { writeKey, dataPlaneUrl }
}

/**
 * The collector of the option `--otlp-endpoint`. It gets the headers of the tool or of the variables only if they name
 * the same collector.
 */
const collectorOfOption = (endpoint: string, known: readonly Destinations[]): Destinations['otlp'] => {
  if (!isUrl(endpoint)) throw new UsageError('--otlp-endpoint must be an http or https URL')
  const { otlp: given } = destinationsOf({ otlp: { endpoint } }, {}, '', () => undefined)
  return known.map(({ otlp, redirect }) => otlp ?? redirect).find((otlp) => otlp?.url === given?.url) ?? given
}

/**
 * The options take precedence over the tool's own destinations, and these over the variables. Throws an error that
 * names a wrong option.
 */
export const destinationsFor = (
  { options, envPrefix }: Setting,
  given: DestinationOptions,
  env = process.env,
): Destinations => {
  const ignored: string[] = []
  const of = (tool: Pick<Options, 'rudder' | 'otlp'>): Destinations =>
    destinationsOf(tool, env, envPrefix, (text) => ignored.push(text))
  const known = of(options ?? {})
  // An organisation has replaced all destinations by its collector.
  const isRedirected = known.redirect !== undefined || known.problem !== undefined
  const rudder = rudderOf(given, isRedirected || known.rudder ? {} : env) ?? known.rudder
  const { otlpEndpoint } = given
  const otlp = otlpEndpoint === undefined ? known.otlp : collectorOfOption(otlpEndpoint, [known, of({})])
  const found = { ...known, ...(rudder && { rudder }), ...(otlp && { otlp }) }
  const [problem] = ignored
  return noDestination(found) !== undefined && problem !== undefined ? { problem, ...found } : found
}
