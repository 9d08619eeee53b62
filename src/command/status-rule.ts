import { decideConsent } from '../consent/decision.ts'
import { type Choice, choiceFor, isUnanswered, levelOf } from '../consent/choice.ts'
import { hasIdWithPrefix } from '../identity/random-id.ts'
import { offFile } from '../consent/off-files.ts'
import { readSwitches, type Switches } from '../consent/switches.ts'
import { noDestination } from '../launch/destinations.ts'
import { destinationsFor } from './destinations.ts'
import { hasCiVariable, isFaas } from '../machine/ci-variables.ts'
import type { Paths } from '../machine/layout.ts'
import { workingDirectory } from '../machine/working-directory.ts'
import type { Setting } from './setting.ts'

/** The rule that decides whether the tool records anything, as `status` names it. */

const rules: Record<Choice['kind'], string> = {
  none: 'default',
  enabled: 'cq-telemetry enable',
  disabled: 'cq-telemetry disable',
  foreign: 'the consent file belongs to another user',
  unreadable: 'the consent file cannot be read',
}

interface Rule {
  readonly enabled: boolean
  /** In the words of `cq-telemetry`. */
  readonly rule: string
}

const decideByUser = (choice: Choice, switches: Switches): Rule => {
  const kind = isUnanswered(choice) ? 'none' : choice.kind
  if (switches.off !== undefined) return { enabled: false, rule: switches.off }
  const level = levelOf(choice)
  const rule = level === 'all' ? rules[kind] : `cq-telemetry enable --only ${level}`
  return { enabled: kind === 'none' || kind === 'enabled', rule }
}

/** The user's choice first, then the rules that depend on the tool's options, if these are known. */
export const ruleOf = (setting: Setting, paths: Paths, env: NodeJS.ProcessEnv): Rule => {
  const { options, envPrefix } = setting
  const switches = readSwitches([], env, envPrefix)
  const choice = choiceFor(paths)
  const byUser = decideByUser(choice, switches)
  const noPlace = hasCiVariable() || isFaas() ? undefined : paths.noFiles
  if (!byUser.enabled) return byUser
  const file = offFile(setting.tool, workingDirectory())
  if (file !== undefined) return { enabled: false, rule: file.path === undefined ? file.rule : `the file ${file.path}` }
  if (switches.inspect)
    return { enabled: true, rule: `${envPrefix}_INSPECT_TELEMETRY: runs are shown, and nothing is sent` }
  if (!options) return noPlace === undefined ? byUser : { enabled: false, rule: noPlace }
  const consent = decideConsent({
    inspect: false,
    choice,
    optIn: options.consent === 'ask',
    offFile: () => undefined,
    noPlace,
    isPublisher: () => hasIdWithPrefix(options.publisherIds ?? [], paths.randomIds, () => undefined),
    app: options.app,
    automaticCaller: undefined,
    sendInDevelopment: options.sendInDevelopment ?? false,
    noDestination: noDestination(destinationsFor(setting, {}, env)),
  })
  if (consent.mode === 'ask')
    return { enabled: false, rule: 'no answer yet: "cq-telemetry enable" or "cq-telemetry disable" answers' }
  return consent.mode === 'off' ? { enabled: false, rule: consent.rule } : byUser
}

/** Whether the user's choice cannot be used. */
export const isBadChoice = (rule: string): boolean => [rules.foreign, rules.unreadable].includes(rule)
