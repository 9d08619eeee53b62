/**
 * For a tool that has an OpenTelemetry set-up of its own. `examples/opentelemetry` is one.
 *
 *     import { SanitizingSpanProcessor, telemetryConsent } from 'cq-telemetry/processor'
 *
 *     const { mode, resource } = telemetryConsent({ app: { name: 'mytool', version: '1.2.3' }, rudder })
 *
 * @module
 */
import { checkOptions } from '../api/check-options.ts'
import { optionTable } from '../api/option-table.ts'
import type { Options } from '../api/options.ts'
import { decide, noticeOf } from '../decide.ts'
import { resourceFacts } from '../identity/resource.ts'
import { destinationsOf } from '../launch/destinations.ts'

export {
  type PublicNames,
  type Removal,
  SanitizingSpanProcessor,
  type SanitizingSpanProcessorOptions,
} from '../record/sanitizing-processor.ts'

const names = [
  'app',
  'rudder',
  'otlp',
  'identity',
  'config',
  'configFormat',
  'providers',
  'notice',
  'docsUrl',
  'policyDate',
  'publisherIds',
  'sendInDevelopment',
  'envPrefix',
  'directory',
  'dataDir',
  'argv',
] as const

/** Those options of `instrument()` that say who is counted, and whether. */
export type ConsentOptions = Pick<Options, (typeof names)[number]>

const rows = Object.fromEntries(names.map((name) => [name, optionTable[name]]))

export interface TelemetryConsent {
  /** `off`: nothing may be sent to the publisher; `inspect`: shown and not sent; `send`. */
  readonly mode: 'off' | 'inspect' | 'send'
  /** The rule that decided, e.g. `--no-telemetry`. */
  readonly rule: string
  /** Attributes for the resource of the host's provider: identity, versions, platform. Empty while off. */
  readonly resource: Readonly<Record<string, string | number | boolean | string[] | undefined>>
}

const off = (rule: string): TelemetryConsent => ({ mode: 'off', rule, resource: {} })

const consentOf = (options: Options): TelemetryConsent => {
  // The variables of OpenTelemetry are those of the host's own set-up, so the options alone name the publisher.
  const decision = decide(options, (prefix, debug) => destinationsOf(options, {}, prefix, debug))
  if (decision.mode === 'off') return off(decision.rule)
  const notice = noticeOf({ ...decision, options, environment: process.env })
  // There is no spool that could keep what is recorded before the user had time to say no.
  if (decision.mode === 'send' && notice !== 'sendable') return off('the notice was not shown before this run')
  const { mode, rule, paths, debug } = decision
  return { mode, rule, resource: resourceFacts(options, paths.randomIds, debug)() as TelemetryConsent['resource'] }
}

/**
 * Says what the user allows in this run, by the rules of `instrument()`: switches, variables, the kept choice, development
 * builds, and the notice, which it shows where it is due. The run that shows it sends nothing, except in CI. While off,
 * no id is read and nothing is computed. Throws a TypeError that names each wrong or unknown option, and for no other
 * reason.
 */
export const telemetryConsent = (options: ConsentOptions): TelemetryConsent => {
  checkOptions('telemetryConsent', rows, options)
  try {
    return consentOf(options)
  } catch {
    return off('cq-telemetry failed')
  }
}
