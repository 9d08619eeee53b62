import { checkOptions } from './api/check-options.ts'
import { offTelemetry } from './api/off.ts'
import type { Options } from './api/options.ts'
import { placesOf } from './api/places.ts'
import type { Telemetry } from './api/telemetry.ts'
import { decideConsent } from './consent/decision.ts'
import { shownBefore } from './consent/notice.ts'
import { readSwitches } from './consent/switches.ts'
import { hasIdOf } from './identity/random-id.ts'
import { destinationsOf } from './launch/destinations.ts'
import { sayIgnored } from './launch/otel-variables.ts'
import { type Debug, debugTo } from './machine/debug.ts'
import { pathsFor } from './machine/layout.ts'
import { nodeModule } from './machine/node.ts'
import { captureVariable } from './machine/variables.ts'
import { recordedRun } from './record/handle.ts'
import { ownVariable, standardVariable } from './record/trace-parent.ts'
import type { Declarations } from './schema/custom.ts'
import type { PublicNames } from './schema/names.ts'

/** Set by the build. A bundler does not follow `createRequire`, so the entry for bundlers contains `run.ts` itself. */
declare const BUNDLED: boolean

type RunModule = typeof import('./run.ts')

const loadRun = (): RunModule =>
  typeof BUNDLED !== 'undefined' && BUNDLED
    ? (require('./run.ts') as RunModule)
    : (nodeModule().createRequire(import.meta.url)('./run.cjs') as RunModule)

/** The handle of this process, and its debug output. */
let current: { readonly telemetry: Telemetry; readonly debug: Debug } | undefined

/** Reads the switches, the options and the consent, in this order, and returns the handle that follows from them. */
const start = (options: Options): { telemetry: Telemetry; debug: Debug } => {
  const env = process.env
  const places = placesOf(options)
  const switches = readSwitches(options.argv ?? process.argv.slice(2), env, places.envPrefix)
  const debug = debugTo(switches.debug)
  const off = (rule: string) => {
    debug(`telemetry is off (${rule})`)
    return { telemetry: offTelemetry, debug }
  }
  if (switches.off !== undefined) return off(switches.off)

  const paths = pathsFor(places)
  const destinations = destinationsOf(options, env, places.envPrefix, debug)
  const { mode, rule } = decideConsent({
    inspect: switches.inspect,
    consentFile: paths.files?.consent,
    isPublisher: () => hasIdOf(options.publisherIds ?? [], paths.randomIds, debug),
    version: options.app.version,
    sendInDevelopment: options.sendInDevelopment ?? false,
    hasDestination: Object.keys(destinations).length > 0,
  })
  if (switches.debug) sayIgnored(env, debug)
  if (mode === 'off') return off(rule)
  debug(`telemetry is on, to ${mode} (${rule})`)

  const noticeShown = shownBefore({ files: paths.files, policyDate: options.policyDate })
  // The host may change these variables before it first uses the handle.
  const environment = Object.fromEntries(
    [captureVariable, ownVariable(places.envPrefix), standardVariable].map((name) => [name, env[name]]),
  )
  const run = { options, mode, places, paths, destinations, noticeShown, environment, debug, verbose: switches.debug }
  const telemetry = recordedRun({
    start: () => loadRun().startRun(run),
    // The notice comes before the host's own output.
    startNow: !noticeShown,
    signals: options.signals ?? false,
    debug,
  })
  return { telemetry, debug }
}

/** Makes this the handle of the process until its `shutdown()`; after that, `instrument()` may start a new run. */
const keep = ({ telemetry, debug }: { telemetry: Telemetry; debug: Debug }): Telemetry => {
  const handle: Telemetry = {
    ...telemetry,
    shutdown: async () => {
      current = undefined
      await telemetry.shutdown()
    },
  }
  current = { telemetry: handle, debug }
  return handle
}

const begin = (options: Options): Telemetry => {
  if (current) {
    current.debug('instrument() was called again: the first handle holds, with its options')
    return current.telemetry
  }
  try {
    return keep(start(options))
  } catch {
    // An error of this package must not reach the host.
    return keep({ telemetry: offTelemetry, debug: () => undefined })
  }
}

/**
 * Starts the telemetry of this process and returns its handle at once. A second call returns the first handle. Throws a
 * TypeError that names each wrong option, and throws for no other reason: if anything else is wrong, for example an
 * unreadable consent file, it returns a handle that does nothing.
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

/** Returns the handle of this process; before `instrument()` is called, a handle that does nothing. */
export const currentTelemetry = (): Telemetry => current?.telemetry ?? offTelemetry
