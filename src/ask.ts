import type { Options } from './api/options.ts'
import { userCommand } from './api/user-command.ts'
import { ask, noQuestion } from './consent/ask.ts'
import { isUnanswered, readChoice } from './consent/choice.ts'
import { withAttributes } from './contract/terms.ts'
import type { Switches } from './consent/switches.ts'
import { type Destinations, hostsOf } from './launch/destinations.ts'
import type { Debug } from './machine/debug.ts'
import type { Paths } from './machine/layout.ts'

/** The root of `dist/ask.cjs`, which is loaded if the host asks and the user has not answered yet. */

export interface AskOptions {
  readonly options: Options
  readonly paths: Paths
  /** What the options let leave the machine. */
  readonly terms: readonly string[]
  readonly destinations: Destinations
  readonly switchesNow: () => Switches
  readonly debug: Debug
}

const begin = (run: AskOptions): Promise<void> | undefined => {
  const { options, paths, destinations, switchesNow, debug } = run
  const { files, randomIds } = paths
  const { off, inspect } = switchesNow()
  // Another run may have asked since this one has begun.
  const isAnswered = files && !isUnanswered(readChoice(files.consent))
  // `--inspect-telemetry` too is a no for this run.
  if (!files || isAnswered || off !== undefined || inspect || options.notice === 'silent') return undefined
  const reason = noQuestion(files)
  if (reason === undefined) {
    const { app, docsUrl } = options
    const terms = withAttributes(run.terms)
    const endpoints = hostsOf(destinations)
    const command = userCommand(options)
    return ask({ app: app.name, docsUrl, endpoints, terms, files, randomIds, command }, debug)
  }
  debug(`the user is not asked (${reason})`)
  return undefined
}

let asked: Promise<void> | undefined
let isOver = false

/** Asks the user once in this process whether telemetry may be on. Returns undefined if there is nothing to ask. */
export const askUser = (options: AskOptions): Promise<void> | undefined => {
  if (isOver) return undefined
  asked ??= begin(options)
  void asked?.then(() => (isOver = true))
  return asked
}
