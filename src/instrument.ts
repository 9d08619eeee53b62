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
import { dirname, fileURLToPath, fs, handOver, join, loaderIsReplaced, nodeModule } from './machine/node.ts'
import { pristine } from './machine/pristine.ts'
import { captureVariable, childVariable } from './machine/variables.ts'
import { idleRun, recordingHandle } from './record/handle.ts'
import { ownVariable, standardVariable } from './record/trace-parent.ts'
import type { Declarations } from './schema/custom.ts'
import type { PublicNames } from './schema/names.ts'

/**
 * The texts of `run.cjs` and `ask.cjs`, which the build sets for bundlers, since these do not follow `createRequire`.
 * Otherwise undefined.
 */
declare const RUN_TEXT: string | undefined
declare const ASK_TEXT: string | undefined

type RunModule = typeof import('./run.ts')
type AskModule = typeof import('./ask.ts')

const loadFile = (name: string): unknown => {
  if (!loaderIsReplaced()) return nodeModule().createRequire(import.meta.url)(`./${name}`)
  const file = join(dirname(fileURLToPath(import.meta.url)), name)
  return fromText(name, fs.readFileSync(file, 'utf8'), file)
}

// Two conditions, and not a function of the text, so that the build can drop `loadFile`, whose `import.meta` Jest
// refuses.
let run: RunModule | undefined
const loadRun = () =>
  (run ??= handOver(() =>
    typeof RUN_TEXT === 'string' ? fromText('run.cjs', RUN_TEXT) : loadFile('run.cjs'),
  ) as RunModule)

let ask: AskModule | undefined
const loadAsk = () =>
  (ask ??= handOver(() =>
    typeof ASK_TEXT === 'string' ? fromText('ask.cjs', ASK_TEXT) : loadFile('ask.cjs'),
  ) as AskModule)

interface Started {
  readonly telemetry: Telemetry
  readonly debug: Debug
  /** Asks the user. Returns undefined if there is nothing to ask. Never throws or rejects. */
  readonly ask?: () => Promise<void> | undefined
}

/** The handle of this process, and its debug output. */
let current: Started | undefined

/**
 * Ends a process that was started as the child. A host that names itself as the child (`self`) must not do its work a
 * second time there, even if it has forgotten to import the child's program.
 */
const endIfChild = ({ child }: Options): void => {
  if (child !== 'self' || process.env[childVariable] === undefined) return
  process.kill(process.pid, 'SIGKILL')
  // The signal may take a moment to arrive.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
}

/** The handle of a run that is off until the user says yes. */
const startAsking = (run: Parameters<AskModule['askUser']>[0]): Started => {
  const ask = () => {
    try {
      return pristine(() => loadAsk().askUser(run))
    } catch {
      // The process may have too many open files.
      return undefined
    }
  }
  return { telemetry: { ...offTelemetry, ask: async () => ask() }, debug: run.debug, ask }
}

/** Decides what this run may do, and returns the handle for it. */
const start = (options: Options, atFirstUse: boolean): Started => {
  const env = process.env
  endIfChild(options)
  const decision = decide(options, (prefix, debug) => {
    sayIgnored(env, debug)
    return destinationsOf(options, env, prefix, debug)
  })
  const { debug } = decision
  if (decision.mode === 'off') return { telemetry: offTelemetry, debug }
  if (decision.mode === 'ask') return startAsking({ ...decision, options })

  const { mode, places, paths } = decision
  const decidedAt = performance.now()
  const noticeShown = shownBefore(paths.files, decision.terms)
  // The host may change these variables before it first uses the handle.
  const workingDirectory = process.cwd()
  const environment = Object.fromEntries(
    [captureVariable, ownVariable(places.envPrefix), standardVariable].map((name) => [name, env[name]]),
  )
  const telemetry = recordingHandle({
    start: () => {
      const { off, inspect } = decision.switchesNow()
      if (off === undefined)
        return loadRun().startRun({
          ...decision,
          mode: inspect ? 'inspect' : mode,
          options,
          noticeShown,
          environment,
          workingDirectory,
          decidedAt,
        })
      debug(`telemetry is off (${off})`)
      return idleRun
    },
    // The notice comes before the host's own output.
    startNow: !noticeShown && !atFirstUse,
    signals: options.signals ?? false,
    debug,
  })
  return { telemetry, debug }
}

/** Makes this the handle of the process until its `shutdown()`. After that, `instrument()` may start a new run. */
const keep = ({ telemetry, ...more }: Started): Telemetry => {
  const handle: Telemetry = {
    ...telemetry,
    shutdown: async () => {
      // A later handle may have replaced it.
      if (current?.telemetry === handle) current = undefined
      await telemetry.shutdown()
    },
  }
  current = { telemetry: handle, ...more }
  return handle
}

const begin = (options: Options, atFirstUse: boolean): Telemetry => {
  if (current) {
    current.debug('instrument() was called again: the options of the first call apply')
    return current.telemetry
  }
  try {
    return keep(start(options, atFirstUse))
  } catch {
    // An error of this package must not reach the host.
    return keep({ telemetry: offTelemetry, debug: () => undefined })
  }
}

/**
 * Starts the telemetry of this process and returns its handle at once. A second call returns the first handle. Throws a
 * TypeError that names each wrong option. If anything else is wrong, e.g. the file with the user's choice cannot be
 * read, it throws nothing and returns a handle that does nothing.
 */
export const instrument = <
  const Names extends PublicNames = PublicNames,
  const Attributes extends Declarations = Readonly<Record<string, never>>,
>(
  options: Options<Names, Attributes>,
): Telemetry<Names, Attributes> => {
  pristine(() => checkOptions('instrument', optionTable, options))
  return pristine(() => begin(options as unknown as Options, false)) as unknown as Telemetry<Names, Attributes>
}

/**
 * For the adapter of a framework. Like `instrument()`, but the notice is printed when the handle is first used. Until
 * then the adapter may add `--no-telemetry` to `argv` or change `notice`. `debug` prints a sentence about the telemetry
 * itself if `--debug-telemetry` is given. `ask` does what `telemetry.ask()` does. It returns undefined where there is
 * nothing to ask, so that a command need not wait.
 */
export const instrumentLater = (options: Options): Required<Started> => {
  pristine(() => checkOptions('instrument', optionTable, options))
  const telemetry = pristine(() => begin(options, true))
  return { telemetry, debug: (message) => current?.debug(message), ask: () => current?.ask?.() }
}

/** Returns the handle of this process. Before `instrument()` is called, that is a handle that does nothing. */
export const currentTelemetry = (): Telemetry => current?.telemetry ?? offTelemetry
