import { loadDecide } from './load/decide.ts'
import { offTelemetry } from './off.ts'
import type { Options } from './options.ts'
import { isPlainlyRight } from './plain-options.ts'
import { type Debug, debugTo } from './policy/debug.ts'
import { readSwitches, type Switches } from './policy/switches.ts'
import type { Declarations } from './schema/custom.ts'
import type { PublicNames } from './schema/names.ts'
import type { Telemetry } from './telemetry.ts'

/** The one handle of this process: a second call is usually a second import of the host's entry, not a second tool. */
let first: { readonly telemetry: Telemetry; readonly debug: Debug } | undefined

let loaded: ReturnType<typeof loadDecide> | undefined
const second = (): ReturnType<typeof loadDecide> => (loaded ??= loadDecide())

/** The package's second file may be gone, after an update for instance. */
const decided = (options: Options, switches: Switches, debug: Debug): Telemetry => {
  try {
    return second().decide(options, switches, debug)
  } catch (error) {
    const { code = 'no code' } = error as NodeJS.ErrnoException
    debug(`telemetry is off (dist/decide.cjs of the package cannot be run: ${code})`)
    return offTelemetry
  }
}

const start = (options: Options): { telemetry: Telemetry; debug: Debug } => {
  const switches = readSwitches(options.argv ?? process.argv.slice(2), process.env, options.envPrefix ?? 'CQ')
  const debug = debugTo(switches.debug)
  if (switches.off === undefined) return { telemetry: decided(options, switches, debug), debug }
  debug(`telemetry is off (${switches.off})`)
  return { telemetry: offTelemetry, debug }
}

/** After `shutdown()` a new run may begin. */
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

/** The handle of this process, for a file that has no other way to it; one that is off before `instrument()` was called. */
export const currentTelemetry = (): Telemetry => first?.telemetry ?? offTelemetry

const begin = (options: Options): Telemetry => {
  if (first) {
    first.debug('instrument() was called again: the first handle holds, with its options')
    return first.telemetry
  }
  try {
    return keep(start(options))
  } catch {
    return keep({ telemetry: offTelemetry, debug: () => undefined })
  }
}

/** Where the file is gone nothing can be said, and nothing is recorded. */
const check = (options: unknown): void => {
  let checkOptions
  try {
    checkOptions = second().checkOptions
  } catch {
    return
  }
  checkOptions(options)
}

/**
 * Begins the telemetry of this process. Returns at once. Throws a TypeError for a wrong option, which it names, and for
 * no other reason: whatever is wrong with the surroundings, the host gets a handle that works.
 */
export const instrument = <
  const Names extends PublicNames = PublicNames,
  const Attributes extends Declarations = Readonly<Record<string, never>>,
>(
  options: Options<Names, Attributes>,
): Telemetry<Names, Attributes> => {
  if (!isPlainlyRight(options)) check(options)
  return begin(options as unknown as Options) as unknown as Telemetry<Names, Attributes>
}
