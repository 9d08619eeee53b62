import { readChoice } from './choice.ts'
import { isDevelopment } from './development.ts'

/** What may be done in this run, and the rule that decided. */
export interface Consent {
  readonly mode: 'off' | 'inspect' | 'send'
  readonly rule: string
}

export interface ConsentOptions {
  readonly inspect: boolean
  /** Undefined where the user has no home. */
  readonly consentFile: string | undefined
  /** Whether this installation is one of the publisher's own; asked only where it decides. */
  readonly isPublisher: () => boolean
  readonly version: string
  readonly sendInDevelopment: boolean
  readonly hasDestination: boolean
}

const off = (rule: string): Consent => ({ mode: 'off', rule })

const keptNo = (consentFile: string | undefined): string | undefined => {
  const { kind } = readChoice(consentFile)
  if (kind === 'disabled') return 'cq-telemetry disable'
  return kind === 'unreadable' ? 'the consent file cannot be read' : undefined
}

/** For a run that no switch has switched off: the rules in their order, of which the first that matches decides. */
export const decideConsent = (options: ConsentOptions): Consent => {
  const no = keptNo(options.consentFile)
  if (no !== undefined) return off(no)
  if (options.inspect) return { mode: 'inspect', rule: '--inspect-telemetry' }
  if (!options.hasDestination) return off('no destination is configured')
  if (options.isPublisher()) return off("the publisher's own id")
  if (!options.sendInDevelopment && isDevelopment(options.version)) return off('a development build')
  return { mode: 'send', rule: 'default' }
}
