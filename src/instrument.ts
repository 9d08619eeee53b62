import { checkOptions } from './api/check-options.ts'
import { offTelemetry } from './api/off.ts'
import type { Options } from './api/options.ts'
import { placesOf } from './api/places.ts'
import type { Telemetry } from './api/telemetry.ts'
import { decideConsent } from './consent/decision.ts'
import { shownBefore } from './consent/notice.ts'
import { captureVariable, readSwitches } from './consent/switches.ts'
import { hasIdOf } from './identity/random-id.ts'
import { destinationsOf } from './launch/destinations.ts'
import { sayIgnored } from './launch/otel-variables.ts'
import { type Debug, debugTo } from './machine/debug.ts'
import { fromText } from './machine/from-text.ts'
import { pathsFor } from './machine/layout.ts'
import { nodeModule } from './machine/node.ts'
import { recordedRun } from './record/handle.ts'
import { ownVariable, standardVariable } from './record/trace-parent.ts'
import type { Declarations } from './schema/custom.ts'
import type { PublicNames } from './schema/names.ts'

/** `run.cjs` as a text, set by the build for bundlers, which cannot follow `createRequire`. Undefined in the other entry. */
declare const RUN_TEXT: string | undefined

type RunModule = typeof import('./run.ts')

let loaded: RunModule | undefined
const loadRun = (): RunModule =>
  (loaded ??= (
    typeof RUN_TEXT === 'string'
      ? fromText('run.cjs', RUN_TEXT)
      : nodeModule().createRequire(import.meta.url)('./run.cjs')
  ) as RunModule)

/** The one handle of this process, and how to say something about it. */
let first: { readonly telemetry: Telemetry; readonly debug: Debug } | undefined

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
    atOnce: !noticeShown,
    signals: options.signals ?? false,
    debug,
  })
  return { telemetry, debug }
}

/** Keeps the handle until its `shutdown()`, after which a new run may begin. */
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

const begin = (options: Options): Telemetry => {
  if (first) {
    first.debug('instrument() was called again: the first handle holds, with its options')
    return first.telemetry
  }
  try {
    return keep(start(options))
  } catch {
    // A fault of this package must not become one of the host.
    return keep({ telemetry: offTelemetry, debug: () => undefined })
  }
}

/**
 * Begins the telemetry of this process and returns its handle at once. A second call returns the first handle.
 * Throws a TypeError that names each wrong option. It throws for no other reason: where something else is wrong (no home,
 * a full disk, a consent file that cannot be read) it returns a handle that does nothing.
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

/** The handle of this process; before `instrument()` was called, one that does nothing. */
export const currentTelemetry = (): Telemetry => first?.telemetry ?? offTelemetry
