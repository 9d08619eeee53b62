import type { Options } from './api/options.ts'
import { type Places, placesOf } from './api/places.ts'
import { decideConsent } from './consent/decision.ts'
import { type Notice, showNotice, writeToStandardError } from './consent/notice.ts'
import { captureFile, readSwitches } from './consent/switches.ts'
import { hasIdOf } from './identity/random-id.ts'
import { type Destinations, hostsOf } from './launch/destinations.ts'
import { isCi, isFaas } from './machine/ci.ts'
import { type Debug, debugTo } from './machine/debug.ts'
import { type Paths, pathsFor } from './machine/layout.ts'
import { isTerminal } from './machine/terminal.ts'

/** What may be done in this run, and the rule that decided. */
export type Decision =
  | { readonly mode: 'off'; readonly rule: string; readonly debug: Debug }
  | {
      readonly mode: 'inspect' | 'send'
      readonly rule: string
      readonly debug: Debug
      /** `--debug-telemetry` was given. */
      readonly verbose: boolean
      readonly places: Places
      readonly paths: Paths
      readonly destinations: Destinations
    }

/** Reads the switches first, and where one of them says no, nothing else; then the options, the kept choice and the id. */
export const decide = (options: Options, destinationsFor: (prefix: string, debug: Debug) => Destinations): Decision => {
  const places = placesOf(options)
  const switches = readSwitches(options.argv ?? process.argv.slice(2), process.env, places.envPrefix)
  const debug = debugTo(switches.debug)
  const off = (rule: string): Decision => {
    debug(`telemetry is off (${rule})`)
    return { mode: 'off', rule, debug }
  }
  if (switches.off !== undefined) return off(switches.off)

  const paths = pathsFor(places)
  const destinations = destinationsFor(places.envPrefix, debug)
  const { mode, rule } = decideConsent({
    inspect: switches.inspect,
    consentFile: paths.files?.consent,
    isPublisher: () => hasIdOf(options.publisherIds ?? [], paths.randomIds, debug),
    version: options.app.version,
    sendInDevelopment: options.sendInDevelopment ?? false,
    hasDestination: Object.keys(destinations).length > 0,
  })
  if (mode === 'off') return off(rule)
  debug(`telemetry is on, to ${mode} (${rule})`)
  return { mode, rule, debug, verbose: switches.debug, places, paths, destinations }
}

export interface NoticeOfOptions {
  readonly options: Pick<Options, 'notice' | 'docsUrl' | 'policyDate'>
  readonly paths: Paths
  readonly destinations: Destinations
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly debug: Debug
}

/** Shows the notice if it is due and someone can see it, and says what follows for this run. */
export const noticeOf = ({ options, paths, destinations, environment, debug }: NoticeOfOptions): Notice =>
  showNotice(
    {
      // A run that a test captures has no reader.
      mode: captureFile(environment) === undefined ? (options.notice ?? 'terminal') : 'silent',
      // A cloud function has no later run that could send what this one records.
      ci: isCi() || (isFaas() && options.notice === 'anywhere'),
      terminal: isTerminal(2),
      files: paths.files,
      docsUrl: options.docsUrl,
      endpoints: hostsOf(destinations),
      policyDate: options.policyDate,
      now: () => new Date(),
      write: writeToStandardError,
    },
    debug,
  )
