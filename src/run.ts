import type { Options } from './api/options.ts'
import type { Places } from './api/places.ts'
import type { Queryable } from './api/telemetry.ts'
import { ensureChoice, readChoice } from './consent/choice.ts'
import { type Notice, writeToStandardError } from './consent/notice.ts'
import { captureFile, type Switches } from './consent/switches.ts'
import { showNoticeIfDue } from './decide.ts'
import { databaseFacts } from './identity/database.ts'
import { pseudonyms } from './identity/pseudonyms.ts'
import { resourceFacts } from './identity/resource.ts'
import { decideDelivery } from './launch/delivery-mode.ts'
import type { Destinations } from './launch/destinations.ts'
import { launch } from './launch/launch.ts'
import { isCi, isFaas } from './machine/ci.ts'
import type { Debug } from './machine/debug.ts'
import type { Paths } from './machine/layout.ts'
import { isTerminal } from './machine/terminal.ts'
import { escapeControls } from './machine/visible.ts'
import type { Run } from './record/handle.ts'
import { startRecorder } from './record/recorder.ts'
import { revocable } from './record/revocable-sink.ts'
import type { RevocableSink } from './record/span-sink.ts'
import { formatTraceParent, inheritedParent, ownVariable, standardVariable } from './record/trace-parent.ts'
import { takeCrashNote } from './spool/crash-note.ts'
import { destinationNames } from './spool/name.ts'
import { SpoolSink } from './spool/sink.ts'

/** What was decided when the host called `instrument()`. */
export interface RunOptions {
  readonly options: Options
  readonly mode: 'inspect' | 'send'
  readonly places: Places
  readonly paths: Paths
  readonly destinations: Destinations
  /** The notice was shown in an earlier run. */
  readonly noticeShown: boolean
  /** Variables as they were when the host called `instrument()`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly switchesNow: () => Switches
  readonly debug: Debug
  /** An awaited child writes debug messages to the command's standard error. */
  readonly verbose: boolean
}

/** A sink for spans, and what to do after the last one. */
interface Output {
  readonly sink: RevocableSink
  readonly end: () => void
}

const toSpool = (run: RunOptions, notice: Notice): Output => {
  const { options, paths, destinations, debug, verbose } = run
  const sink = new SpoolSink(
    {
      files: paths.files,
      generation: (file) => {
        const choice = ensureChoice(file)
        return choice.kind === 'enabled' ? choice.generation : undefined
      },
      held: notice === 'held',
      keepInMemory: notice === 'sendable',
      destinations: destinationNames.filter((name) => destinations[name]),
    },
    debug,
  )
  const end = () => {
    const pending = sink.close()
    const { bytes, lines } = pending
    if (notice !== 'sendable' || (bytes === 0 && lines.length === 0)) return
    const work = {
      ...(paths.files && { directory: paths.files.directory }),
      ...destinations,
      attributes: options.attributes ?? {},
      debug: verbose,
      ...(lines.length > 0 && { lines }),
    }
    const delivery = decideDelivery(options.delivery ?? 'auto', { ci: isCi(), faas: isFaas() })
    launch(work, pending, { delivery, child: options.child }, debug)
  }
  return { sink, end }
}

/** Loaded only with `--inspect-telemetry`. */
const loadInspectSink = () => require('./inspect/sink.ts') as typeof import('./inspect/sink.ts')

const toInspectLog = ({ options, paths, environment }: RunOptions): Output => {
  const sink = loadInspectSink().inspectSink({
    log: paths.log,
    capture: captureFile(environment),
    command: options.command,
  })
  return { sink, end: () => sink.close() }
}

/** A no that is found while the run lasts. In a run that would send, `--inspect-telemetry` is one too. */
const isRefused = ({ mode, switchesNow }: RunOptions): boolean => {
  const { off, inspect } = switchesNow()
  return off !== undefined || (mode === 'send' && inspect)
}

/** Tells the user once, on a terminal, that a crash report waits to be sent. */
const announceCrashReport = ({ options, paths: { files }, debug }: RunOptions): void => {
  if (!files || !isTerminal(2) || !takeCrashNote(files)) return
  const command = escapeControls(options.command ?? 'cq-telemetry')
  const text = `"${command} view --spool" shows it, "${command} spool clear" drops it`
  try {
    writeToStandardError(`A crash report of an earlier run waits to be sent: ${text}.\n`)
  } catch {
    debug('a crash report waits, and standard error cannot be written')
  }
}

/** Composes a recorded run: notice, sink, identity, recorder, and the child that is started at its end. */
export const startRun = (run: RunOptions): Run => {
  const { options, debug, places } = run
  const { files, randomIds } = run.paths
  const notice = run.noticeShown ? 'sendable' : showNoticeIfDue(run)
  if (run.mode === 'send' && notice === 'sendable' && options.notice !== 'silent') announceCrashReport(run)
  const output = run.mode === 'inspect' ? toInspectLog(run) : toSpool(run, notice)
  const { sink, isRevoked } = revocable(output.sink, () => isRefused(run))
  const joinTraces = options.joinTraces ?? false
  const facts = resourceFacts(options, randomIds, debug)
  let database: Record<string, unknown> = {}

  const recorder = startRecorder({
    app: options.app,
    publicNames: options.publicNames ?? {},
    ...(options.spans === 'operations' && { maxSpans: 0 }),
    pseudonym: pseudonyms(
      {
        // In CI the secret would be new for each job, and pseudonyms would mean nothing.
        kinds: isCi() ? [] : (options.pseudonyms ?? []),
        secretFile: files?.secret,
        mayCreate: () => !isRevoked() && ['none', 'enabled'].includes(readChoice(files?.consent).kind),
      },
      debug,
    ),
    attributes: options.attributes ?? {},
    classifyError: options.classifyError,
    facts: () => ({ ...facts(), ...database }),
    sink,
    parent: inheritedParent(run.environment, places.envPrefix, joinTraces),
  })
  const { operations, tracer } = recorder

  return {
    tracer,
    operation: (name, callback) => operations.operation(name, callback),
    provider: (info, callback) => operations.provider(info, callback),
    resource: (name, callback) => operations.resource(name, callback),
    policy: (info, callback) => operations.policy(info, callback),
    identifyDatabase: async (client: Queryable | string) => {
      database = { ...database, ...(await databaseFacts(client, debug)) }
    },
    error: (error) => recorder.setRunError(error),
    childEnv: (env = process.env) => {
      const parent = formatTraceParent(recorder.active())
      return { ...env, [ownVariable(places.envPrefix)]: parent, ...(joinTraces && { [standardVariable]: parent }) }
    },
    uncaught: (error, kind) => recorder.uncaught(error, kind),
    end: (exitCode) => {
      recorder.end(exitCode)
      if (!isRevoked()) output.end()
    },
  }
}
