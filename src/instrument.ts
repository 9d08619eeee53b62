import { checkOptions } from './api/check-options.ts'
import { offTelemetry } from './api/off.ts'
import { optionTable } from './api/option-table.ts'
import type { Options } from './api/options.ts'
import type { Telemetry } from './api/telemetry.ts'
import { shownBefore } from './consent/notice.ts'
import { decide } from './decide.ts'
import { destinationsOf } from './launch/destinations.ts'
import { sayIgnored } from './launch/otel-variables.ts'
import type { Debug } from './machine/debug.ts'
import { fromText } from './machine/from-text.ts'
import { nodeModule } from './machine/node.ts'
import { captureVariable } from './machine/variables.ts'
import { recordedRun } from './record/handle.ts'
import { ownVariable, standardVariable } from './record/trace-parent.ts'
import type { Declarations } from './schema/custom.ts'
import type { PublicNames } from './schema/names.ts'

/** `run.cjs` as a text, set by the build for bundlers, which cannot follow `createRequire`. Undefined in the other entry. */
declare const RUN_TEXT: string | undefined

type RunModule = typeof import('./run.ts')

let loaded: RunModule | undefined
const loadRun = (): RunModule =>
  (loaded ??=
    typeof RUN_TEXT === 'string'
      ? fromText<RunModule>('run.cjs', RUN_TEXT)
      : (nodeModule().createRequire(import.meta.url)('./run.cjs') as RunModule))

/** The one handle of this process, and how to say something about it. */
let first: { readonly telemetry: Telemetry; readonly debug: Debug } | undefined

/** The handle that follows from what may be done in this run. */
const start = (options: Options): { telemetry: Telemetry; debug: Debug } => {
  const env = process.env
  const decision = decide(options, (prefix, debug) => {
    sayIgnored(env, debug)
    return destinationsOf(options, env, prefix, debug)
  })
  const { debug } = decision
  if (decision.mode === 'off') return { telemetry: offTelemetry, debug }

  const { places, paths } = decision
  const noticeShown = shownBefore({ files: paths.files, policyDate: options.policyDate })
  // The host may change these variables before it first uses the handle.
  const environment = Object.fromEntries(
    [captureVariable, ownVariable(places.envPrefix), standardVariable].map((name) => [name, env[name]]),
  )
  const telemetry = recordedRun({
    start: () => loadRun().startRun({ ...decision, options, noticeShown, environment }),
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
  checkOptions('instrument', optionTable, options)
  return begin(options as unknown as Options) as unknown as Telemetry<Names, Attributes>
}

/** The handle of this process; before `instrument()` was called, one that does nothing. */
export const currentTelemetry = (): Telemetry => first?.telemetry ?? offTelemetry
