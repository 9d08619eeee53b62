import { checkOptions } from './check-options.ts'
import { offTelemetry } from './off.ts'
import type { Options } from './options.ts'
import { type Consent, decideConsent, switchedOff } from './policy/consent.ts'
import { type Debug, debugTo } from './policy/debug.ts'
import { destinationsOf } from './policy/destinations.ts'
import { sayIgnored } from './policy/otel-variables.ts'
import { pathsFor } from './policy/paths.ts'
import { readSwitches, type Switches } from './policy/switches.ts'
import { recording } from './recording.ts'
import type { Declarations } from './schema/custom.ts'
import type { PublicNames } from './schema/names.ts'
import type { Telemetry } from './telemetry.ts'

/** The one handle of this process: a second call is usually a second import of the host's entry, not a second tool. */
let first: { readonly telemetry: Telemetry; readonly debug: Debug } | undefined

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

const say = ({ mode, rule }: Consent, debug: Debug): void =>
  debug(`telemetry is ${mode === 'off' ? 'off' : `on, to ${mode}`} (${rule})`)

const start = (options: Options): { telemetry: Telemetry; debug: Debug } => {
  const switches = readSwitches(options.argv ?? process.argv.slice(2), process.env, options.envPrefix ?? 'CQ')
  const debug = debugTo(switches.debug)
  const none = { telemetry: offTelemetry, debug }
  const switched = switchedOff(switches)
  if (switched) {
    say(switched, debug)
    return none
  }
  const { consent, paths, destinations } = consentOf(options, switches, debug)
  say(consent, debug)
  if (switches.debug) sayIgnored(process.env, debug)
  if (consent.mode === 'off') return none
  return { telemetry: recording({ options, mode: consent.mode, paths, destinations, debug: switches.debug }), debug }
}

/** After `shutdown()` a new run may begin. */
const keep = ({ telemetry, debug }: { telemetry: Telemetry; debug: Debug }): Telemetry => {
  const handle: Telemetry = {
    ...telemetry,
    shutdown: async () => {
      first = undefined
      await telemetry.shutdown()
    },
  }
  first = { telemetry: handle, debug }
  return handle
}

/** The handle of this process, for a file that has no other way to it; one that is off before `instrument()` was called. */
export const currentTelemetry = (): Telemetry => first?.telemetry ?? offTelemetry

const begin = (options: Options): Telemetry => {
  if (first) {
    first.debug('instrument() was called again: the first handle holds, with its options')
    return first.telemetry
  }
  try {
    return keep(start(options))
  } catch {
    return keep({ telemetry: offTelemetry, debug: () => undefined })
  }
}

/**
 * Begins the telemetry of this process. Returns at once. Throws a TypeError for a wrong option, which it names, and for
 * no other reason: whatever is wrong with the surroundings, the host gets a handle that works.
 */
export const instrument = <
  const Names extends PublicNames = PublicNames,
  const Attributes extends Declarations = Readonly<Record<string, never>>,
>(
  options: Options<Names, Attributes>,
): Telemetry<Names, Attributes> => {
  checkOptions(options)
  return begin(options as unknown as Options) as unknown as Telemetry<Names, Attributes>
}
