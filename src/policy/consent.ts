import type { Debug } from './debug.ts'
import { readChoice } from './consent-file.ts'
import { isDevelopment } from './development.ts'
import { findRandomId } from './identity.ts'
import type { Paths } from './paths.ts'
import type { Switches } from './switches.ts'

/** What may be done in this run, and the rule that decided. */
export interface Consent {
  readonly mode: 'off' | 'inspect' | 'send'
  readonly rule: string
}

export interface ConsentOptions {
  readonly switches: Switches
  readonly paths: Paths
  readonly publisherIds: readonly string[]
  readonly version: string
  readonly sendInDevelopment: boolean
  readonly hasDestination: boolean
}

const off = (rule: string): Consent => ({ mode: 'off', rule })

const persistedNo = (path: string | undefined): string | undefined => {
  const { kind } = readChoice(path)
  if (kind === 'disabled') return 'cq-telemetry disable'
  return kind === 'unreadable' ? 'the consent file cannot be read' : undefined
}

const isPublisher = ({ publisherIds, paths }: ConsentOptions, debug: Debug): boolean => {
  if (publisherIds.length === 0) return false
  const found = findRandomId(paths.randomIds, debug)
  return typeof found === 'object' && publisherIds.some((prefix) => found.id.startsWith(prefix.toLowerCase()))
}

/** The rules in their order; the first that matches decides. */
export const decideConsent = (options: ConsentOptions, debug: Debug): Consent => {
  const { switches } = options
  if (switches.off !== undefined) return off(switches.off)
  const no = persistedNo(options.paths.consent)
  if (no !== undefined) return off(no)
  if (switches.inspect) return { mode: 'inspect', rule: '--inspect-telemetry' }
  if (!options.hasDestination) return off('no destination is configured')
  if (isPublisher(options, debug)) return off("the publisher's own id")
  if (!options.sendInDevelopment && isDevelopment(options.version)) return off('a development build')
  return { mode: 'send', rule: 'default' }
}
