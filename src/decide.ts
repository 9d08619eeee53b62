import type { Options } from './api/options.ts'
import { type Places, placesOf } from './api/places.ts'
import { automaticCaller } from './consent/automatic.ts'
import { type Choice, choiceFor, isUnanswered, type Level, levelOf } from './consent/choice.ts'
import { decideConsent } from './consent/decision.ts'
import { offFile } from './consent/off-files.ts'
import { type Notice, showNotice, writeToStandardError } from './consent/notice.ts'
import { captureFile, flags, readSwitches, type Switches } from './consent/switches.ts'
import { hasIdWithPrefix } from './identity/random-id.ts'
import { isSilent, termsOf, withAttributes } from './contract/terms.ts'
import { type Destinations, hostsOf, noDestination } from './launch/destinations.ts'
import { isCi } from './machine/ci.ts'
import { hasCiVariable, isFaas } from './machine/ci-variables.ts'
import { type Debug, debugTo } from './machine/debug.ts'
import { type Paths, pathsFor } from './machine/layout.ts'
import { fs } from './machine/node.ts'
import { isTerminal } from './machine/terminal.ts'
import { contractVariable } from './machine/variables.ts'
import { escapeControls } from './machine/visible.ts'
import { workingDirectory } from './machine/working-directory.ts'

/** What this run may do, and the rule that decided it. */
export type Decision =
  | { readonly mode: 'off'; readonly rule: string; readonly debug: Debug }
  | {
      /** `ask`: nothing is recorded, and the tool may ask the user. */
      readonly mode: 'inspect' | 'send' | 'ask'
      readonly rule: string
      readonly debug: Debug
      /** Whether `--debug-telemetry` was given. */
      readonly verbose: boolean
      readonly places: Places
      readonly paths: Paths
      readonly destinations: Destinations
      /** Reads the switches again: the host may load variables, or parse its arguments, later. */
      readonly switchesNow: () => Switches
      readonly choice: Choice
      /** What the user has allowed. */
      readonly level: Level
      /** What the options allow to be sent. */
      readonly terms: readonly string[]
    }

/** Tells a user who wants to inspect the telemetry of a run that it has none. */
const sayNothingToInspect = (rule: string): void => {
  try {
    writeToStandardError(`Telemetry is off (${escapeControls(rule)}): nothing to show.\n`)
  } catch {
    // Standard error is closed.
  }
}

/**
 * Decides whether this run records. The switches come first: if one of them turns telemetry off, nothing else is read.
 * Then follow the saved choice, the files of the project and of the machine, `--inspect-telemetry`, the destinations,
 * the publisher's own id and development builds.
 */
export const decide = (options: Options, destinationsFor: (prefix: string, debug: Debug) => Destinations): Decision => {
  const places = placesOf(options)
  const argvNow = () => options.argv ?? process.argv.slice(2)
  const switchesNow = () => readSwitches(argvNow(), process.env, places.envPrefix)
  const switches = switchesNow()
  const debug = debugTo(switches.debug)
  const off = (rule: string): Decision => {
    debug(`telemetry is off (${rule})`)
    // Only for the flag. The variable stays set while a shell completes a word, and debug messages have already given
    // the rule.
    const asked = argvNow().includes(flags.inspect)
    if (asked && !switches.debug && captureFile(process.env) === undefined) sayNothingToInspect(rule)
    return { mode: 'off', rule, debug }
  }
  const contractFile = process.env[contractVariable]
  if (contractFile) {
    // If the command starts several processes, the first one writes the file.
    fs.writeFileSync(contractFile, termsOf(options, Infinity).join('\n'), { flag: 'wx', mode: 0o600 })
    return off(contractVariable)
  }
  if (switches.off !== undefined) return off(switches.off)

  const paths = pathsFor(places)
  const destinations = destinationsFor(places.envPrefix, debug)
  const choice = choiceFor(paths)
  const { mode, rule: decided } = decideConsent({
    inspect: switches.inspect,
    choice,
    optIn: options.consent === 'ask',
    offFile: () => offFile(options.app.name, workingDirectory()),
    // A CI job and a cloud function have no later run, so nothing needs to be stored.
    noPlace: hasCiVariable() || isFaas() ? undefined : paths.noFiles,
    isPublisher: () => hasIdWithPrefix(options.publisherIds ?? [], paths.randomIds, debug),
    app: options.app,
    automaticCaller: automaticCaller(options.app.name, argvNow(), process.env),
    sendInDevelopment: options.sendInDevelopment ?? false,
    noDestination: noDestination(destinations),
  })
  // As the user has to type it. A path may hold the name too.
  const rule = decided.replace(/^cq-telemetry(?= )/, (own) => options.command ?? own)
  if (mode === 'off') return off(rule)
  debug(`telemetry is ${mode === 'ask' ? 'off' : mode === 'inspect' ? 'on, and nothing is sent' : 'on'} (${rule})`)
  return {
    mode,
    rule,
    debug,
    verbose: switches.debug,
    places,
    paths,
    destinations,
    choice,
    level: levelOf(choice),
    terms: termsOf(options),
    switchesNow,
  }
}

export interface DueNoticeOptions {
  readonly options: Pick<Options, 'consent' | 'notice' | 'docsUrl'>
  readonly choice: Choice
  readonly terms: readonly string[]
  readonly paths: Paths
  readonly destinations: Destinations
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly debug: Debug
}

/** Shows the notice if it is due and may be shown here. Returns what this means for the run. */
export const showNoticeIfDue = ({
  options,
  choice,
  terms,
  paths,
  destinations,
  environment,
  debug,
}: DueNoticeOptions): Notice =>
  showNotice(
    {
      // A run that a test captures has no reader. A run that is inspected before a yes must not say that telemetry is
      // on.
      mode:
        captureFile(environment) !== undefined || (options.consent === 'ask' && isUnanswered(choice))
          ? 'silent'
          : (options.notice ?? 'terminal'),
      // A cloud function, like a CI job, has no later run that could send the spans of this one. Its log rarely has a
      // reader, so the host has to ask for the notice there.
      ci: isCi() || (isFaas() && options.notice === 'anywhere'),
      terminal: isTerminal(2),
      files: paths.files,
      docsUrl: options.docsUrl,
      endpoints: hostsOf(destinations),
      terms: withAttributes(terms),
      isSilent,
      now: () => new Date(),
      write: writeToStandardError,
    },
    debug,
  )
