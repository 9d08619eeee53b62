import { type Choice, isUnanswered, levelOf } from './choice.ts'
import { isDevelopment } from './development.ts'

/** What telemetry may do in this run, and the rule that decided it. */
export interface Consent {
  /** `ask`: off until the user says yes, and the tool may ask. */
  readonly mode: 'off' | 'inspect' | 'send' | 'ask'
  readonly rule: string
}

export interface ConsentOptions {
  readonly inspect: boolean
  readonly choice: Choice
  /** The tool's telemetry is off until the user says yes. */
  readonly optIn: boolean
  /**
   * The file by which a project or the machine's owner switches telemetry off. A function, so that the file is read
   * only if it decides.
   */
  readonly offFile: () => { readonly rule: string } | undefined
  /** Why nothing can be stored between runs; undefined if it can, or if no later run needs it. */
  readonly noPlace: string | undefined
  /** Whether this installation is one of the publisher's own. A function, so that the id is read only if it decides. */
  readonly isPublisher: () => boolean
  readonly app: { readonly name: string; readonly version: string }
  /** What called the tool instead of the user; undefined if the user did. */
  readonly automaticCaller: string | undefined
  readonly sendInDevelopment: boolean
  /** Why there is no destination; undefined if there is one. */
  readonly noDestination: string | undefined
}

const off = (rule: string): Consent => ({ mode: 'off', rule })

/** The rule by which the consent file switches telemetry off, if it does. */
const offByChoice = ({ kind }: Choice): string | undefined => {
  if (kind === 'disabled') return 'cq-telemetry disable'
  if (kind === 'foreign') return 'the consent file belongs to another user'
  return kind === 'unreadable' ? 'the consent file cannot be read' : undefined
}

/** Decides for a run that no flag or variable has switched off. The first rule that matches wins. */
export const decideConsent = (options: ConsentOptions): Consent => {
  const choiceRule = offByChoice(options.choice)
  if (choiceRule !== undefined) return off(choiceRule)
  const file = options.offFile()
  if (file !== undefined) return off(file.rule)
  if (options.inspect) return { mode: 'inspect', rule: '--inspect-telemetry' }
  if (options.automaticCaller !== undefined) return off(options.automaticCaller)
  if (options.noDestination !== undefined) return off(options.noDestination)
  if (options.isPublisher()) return off("the publisher's own id")
  if (!options.sendInDevelopment && isDevelopment(options.app)) return off('a development build')
  if (options.noPlace !== undefined) return off(options.noPlace)
  if (isUnanswered(options.choice))
    return options.optIn ? { mode: 'ask', rule: 'no answer yet' } : { mode: 'send', rule: 'default' }
  const level = levelOf(options.choice)
  return { mode: 'send', rule: `cq-telemetry enable${level === 'all' ? '' : ` --only ${level}`}` }
}
