import type { Options } from './options.ts'
import { decideConsent } from './policy/consent.ts'
import type { Debug } from './policy/debug.ts'
import { destinationsOf } from './policy/destinations.ts'
import { sayIgnored } from './policy/otel-variables.ts'
import { pathsFor } from './policy/paths.ts'
import type { Switches } from './policy/switches.ts'
import { offTelemetry } from './off.ts'
import { recording } from './recording.ts'
import type { Telemetry } from './telemetry.ts'

export { checkOptions } from './check-options.ts'

const consentOf = (options: Options, switches: Switches, debug: Debug) => {
  const paths = pathsFor({
    directory: options.directory ?? '.cq',
    dataDir: options.dataDir ?? '.cq',
    logFile: options.logFile ?? 'cloudquery.log',
  })
  const destinations = destinationsOf(options, process.env, options.envPrefix ?? 'CQ', debug)
  const consent = decideConsent(
    {
      switches,
      paths,
      publisherIds: options.publisherIds ?? [],
      version: options.app.version,
      sendInDevelopment: options.sendInDevelopment ?? false,
      hasDestination: Object.keys(destinations).length > 0,
    },
    debug,
  )
  return { paths, destinations, consent }
}

/** The handle of a run that no flag and no variable has switched off. */
export const decide = (options: Options, switches: Switches, debug: Debug): Telemetry => {
  const { consent, paths, destinations } = consentOf(options, switches, debug)
  const { mode, rule } = consent
  debug(`telemetry is ${mode === 'off' ? 'off' : `on, to ${mode}`} (${rule})`)
  if (switches.debug) sayIgnored(process.env, debug)
  if (mode === 'off') return offTelemetry
  return recording({ options, mode, paths, destinations, debug: switches.debug })
}
