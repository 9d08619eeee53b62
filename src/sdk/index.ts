/**
 * For authors of tools that have an OpenTelemetry set-up of their own: consent, and a processor that removes what may not
 * leave. docs/instrumenting.md shows the set-up, and `examples/opentelemetry` is such a tool.
 *
 *     import { SanitizingSpanProcessor, telemetryConsent } from 'cq-telemetry/processor'
 *
 *     const { mode, resource } = telemetryConsent({ app: { name: 'mytool', version: '1.2.3' }, rudder })
 *
 * @module
 */
import type { Options } from '../api/options.ts'
import { askUser } from '../ask.ts'
import { checkOptions } from '../api/check-options.ts'
import { optionTable } from '../api/option-table.ts'
import { decide, showNoticeIfDue } from '../decide.ts'
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
  'project',
  'config',
  'configFormat',
  'providers',
  'consent',
  'notice',
  'docsUrl',
  'publisherIds',
  'sendInDevelopment',
  'command',
  'envPrefix',
  'directory',
  'dataDir',
  'argv',
] as const

/** The options of `instrument()` that concern consent and identity. */
export type ConsentOptions = Pick<Options, (typeof names)[number]>

const rows = Object.fromEntries(names.map((name) => [name, optionTable[name]]))

/** What this run may do. */
export interface TelemetryConsent {
  /** `off`: nothing may be sent. `inspect`: it is shown and not sent. `send`: it may be sent. */
  readonly mode: 'off' | 'inspect' | 'send'
  /** The rule that decided, e.g. `--no-telemetry`. */
  readonly rule: string
  /** `usage`: the user allows no crash reports, so send no spans that you make of crashes. */
  readonly level: 'all' | 'usage'
  /** Attributes for the resource of the host's provider: identity, versions, platform. Empty while off. */
  readonly resource: Readonly<Record<string, string | number | boolean | string[] | undefined>>
  /**
   * The collector that the user's organisation has set, if `otlp.overridable` is true: send there, and nowhere else. `url` ends
   * with `/v1/traces`. Undefined if none is set, and while off.
   */
  readonly redirect: { readonly url: string; readonly headers: Readonly<Record<string, string>> } | undefined
  /**
   * Asks the user, as `telemetry.ask()` does: await it before the tool prints. A yes holds from the next run. Resolves at once
   * where there is nothing to ask. Never rejects.
   */
  readonly ask: () => Promise<void>
}

const off = (rule: string, ask = async (): Promise<void> => undefined): TelemetryConsent => ({
  mode: 'off',
  rule,
  level: 'all',
  resource: {},
  redirect: undefined,
  ask,
})

const asking = (run: Parameters<typeof askUser>[0]) => async (): Promise<void> => {
  try {
    await askUser(run)
  } catch {
    // The terminal or a file of the user's cannot be looked at.
  }
}

const consentOf = (options: Options): TelemetryConsent => {
  // OpenTelemetry's variables belong to the host's own set-up, so the tool's own variable alone counts, and only where it may.
  const environment = options.otlp?.overridable ? process.env : {}
  const decision = decide(options, (prefix, debug) => destinationsOf(options, environment, prefix, debug))
  if (decision.mode === 'off') return off(decision.rule)
  if (decision.mode === 'ask') return off(decision.rule, asking({ ...decision, options }))
  const { mode, rule, level, paths, destinations, debug } = decision
  // Spans of the host's own tracer are usage data.
  if (level === 'crashes') return off('only crash reports are allowed')
  const notice = showNoticeIfDue({ ...decision, options, environment: process.env })
  // Without a spool, spans cannot be held back until the user has seen the notice and had time to opt out.
  if (decision.mode === 'send' && notice !== 'sendable') return off('the notice was not shown before this run')
  return {
    mode,
    rule,
    level,
    resource: resourceFacts(options, paths.randomIds, debug)() as TelemetryConsent['resource'],
    redirect: destinations.redirect,
    ask: async () => undefined,
  }
}

/**
 * Decides what this run may do, by the rules of `instrument()`: switches, variables, the saved choice and development
 * builds. With `consent: 'ask'` it is off until the user has said yes. Prints the notice if it is due; the run that prints it
 * sends nothing, except in CI. A user who allows only crash reports sends nothing. If the result is `off`, no id was read. Throws a TypeError that names each wrong or
 * unknown option, and throws nothing else.
 */
export const telemetryConsent = (options: ConsentOptions): TelemetryConsent => {
  checkOptions('telemetryConsent', rows, options)
  try {
    return consentOf(options)
  } catch {
    return off('cq-telemetry failed')
  }
}
