import type { Options } from './api/options.ts'
import type { Places } from './api/places.ts'
import type { Queryable } from './api/telemetry.ts'
import { userCommand } from './api/user-command.ts'
import { type Choice, ensureChoice, isYes, type Level, readChoice } from './consent/choice.ts'
import { type Notice, writeToStandardError } from './consent/notice.ts'
import { captureFile, type Switches } from './consent/switches.ts'
import { showNoticeIfDue } from './decide.ts'
import { type InForce, readInForce } from './controls/in-force.ts'
import { perMillion } from './controls/rates.ts'
import { databaseFacts } from './identity/database.ts'
import { firstMarks } from './identity/first-marks.ts'
import { pseudonyms } from './identity/pseudonyms.ts'
import { resourceFacts } from './identity/resource.ts'
import { decideDelivery } from './launch/delivery-mode.ts'
import { type Destinations, sinksOf } from './launch/destinations.ts'
import { Deliveries } from './launch/as-it-goes.ts'
import { inspectSink } from './inspect/sink.ts'
import { isCi } from './machine/ci.ts'
import { isFaas } from './machine/ci-variables.ts'
import { endsWithContainer } from './machine/container.ts'
import type { Debug } from './machine/debug.ts'
import type { Paths } from './machine/layout.ts'
import { isTerminal } from './machine/terminal.ts'
import { escapeControls } from './machine/visible.ts'
import type { Run } from './record/handle.ts'
import { limited } from './record/level-sink.ts'
import { Intervals } from './record/intervals.ts'
import { quietly } from './record/quietly.ts'
import { startRecorder } from './record/recorder.ts'
import { revocable } from './record/revocable-sink.ts'
import type { RevocableSink } from './record/span-sink.ts'
import { formatTraceParent, inheritedParent, ownVariable, standardVariable } from './record/trace-parent.ts'
import { takeCrashNote } from './spool/crash-note.ts'
import { IntervalFiles } from './spool/interval-files.ts'
import { destinationNames } from './spool/name.ts'
import { SpoolSink } from './spool/sink.ts'

/** What was decided when the host called `instrument()`. */
export interface RunOptions {
  readonly options: Options
  readonly mode: 'inspect' | 'send'
  readonly places: Places
  readonly paths: Paths
  readonly destinations: Destinations
  /** The user's choice as it was then. */
  readonly choice: Choice
  readonly level: Level
  readonly terms: readonly string[]
  readonly decidedAt: number
  /** The notice was shown in an earlier run. */
  readonly noticeShown: boolean
  /** The host may change it, and relative paths of variables refer to it. */
  readonly workingDirectory: string
  /** Variables as they were when the host called `instrument()`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly switchesNow: () => Switches
  readonly debug: Debug
  /** An awaited child writes debug messages to the command's standard error. */
  readonly verbose: boolean
}

/** A sink for spans, and what to do with them. */
interface Output {
  readonly sink: RevocableSink
  /** Called every minute. */
  readonly minute: () => void
  /** Sends what there is. */
  readonly flush: () => void
  readonly end: () => void
}

/** Milliseconds between two looks of a run at what has waited, and at operations that are open for long. */
const lookEveryMs = 60_000

/** Milliseconds for which the choice that was read at first is not read again: the file may lie on a slow network. */
const choiceHoldsMs = 1_000

/** The generation under which the run is recorded; undefined if the user has said no since it was decided. May throw. */
const generationOf = ({ choice, decidedAt, options }: RunOptions, consentFile: string): string | undefined => {
  const isFresh = choice.kind === 'enabled' && performance.now() - decidedAt < choiceHoldsMs
  const asks = options.consent === 'ask'
  const now = isFresh ? choice : asks ? readChoice(consentFile) : ensureChoice(consentFile)
  if (asks && !isYes(now)) return undefined
  return now.kind === 'enabled' ? now.generation : undefined
}

/** Whoever redirects what a tool sends does not want its publisher to be asked, who could then lift no stop either. */
const controlsOf = ({ options, destinations }: RunOptions): Options['controls'] =>
  destinations.redirect ? undefined : options.controls

const deliveriesOf = (run: RunOptions): Deliveries => {
  const { options, paths, destinations, workingDirectory, debug, verbose } = run
  const controls = controlsOf(run)
  return new Deliveries(
    {
      ...(paths.files && { directory: paths.files.directory }),
      ...sinksOf(destinations),
      ...(controls && { controls: { ...controls, app: options.app } }),
      attributes: options.attributes ?? {},
      debug: verbose,
    },
    decideDelivery(options.delivery ?? 'auto', { ci: isCi(), faas: isFaas(), container: endsWithContainer() }),
    { child: options.child, workingDirectory, command: userCommand(options) },
    debug,
  )
}

/** What the user has not allowed, and what the publisher has stopped, is not stored. */
const allowed = (sink: RevocableSink, level: Level, control: Partial<InForce> = {}): RevocableSink => {
  const byUser = limited(sink, level)
  const withoutUsage = limited(byUser, control.usage ? 'crashes' : 'all')
  return limited(withoutUsage, control.crashes ? 'usage' : 'all')
}

/** @param asks Whether a child is started even if nothing is to be sent. */
const toSpool = (run: RunOptions, notice: Notice, asks = false): Output => {
  const { paths, destinations, debug } = run
  const sendable = notice === 'sendable'
  const deliveries = deliveriesOf(run)
  const sink = new SpoolSink(
    {
      files: paths.files,
      generation: (file) => generationOf(run, file),
      held: notice === 'held',
      keepInMemory: sendable && deliveries.awaited,
      destinations: destinationNames.filter((name) => destinations[name]),
      sends: sendable && deliveries.sends,
      partReady: () => deliveries.early(),
    },
    debug,
  )
  return {
    sink,
    minute: () => {
      sink.touch()
      if (sendable && deliveries.isDue && (sink.finishPart() || sink.waits)) deliveries.early()
    },
    flush: () => {
      if (sendable && (sink.finishPart() || sink.waits)) deliveries.asked()
    },
    end: () => {
      const pending = sink.close()
      if (sendable && (asks || pending.bytes > 0 || pending.lines.length > 0)) deliveries.end(pending)
    },
  }
}

const toInspectLog = ({ options, paths, environment, destinations }: RunOptions): Output => {
  const sink = inspectSink({
    log: paths.log,
    capture: captureFile(environment),
    rudder: destinations.rudder !== undefined,
    command: userCommand(options),
  })
  return { sink, minute: sink.flush, flush: sink.flush, end: () => sink.close() }
}

/** A no that is found while the run lasts. In a run that would send, `--inspect-telemetry` is one too. */
const isRefused = ({ mode, switchesNow }: RunOptions): boolean => {
  const { off, inspect } = switchesNow()
  return off !== undefined || (mode === 'send' && inspect)
}

/** Tells the user once, on a terminal, that a crash report waits to be sent. */
const announceCrashReport = ({ options, paths: { files }, debug }: RunOptions): void => {
  if (!files || !isTerminal(2) || !takeCrashNote(files)) return
  const command = escapeControls(userCommand(options))
  const text = `"${command} view --spool" shows it, "${command} spool clear" drops it`
  try {
    writeToStandardError(`A crash report of an earlier run waits to be sent: ${text}.\n`)
  } catch {
    debug('a crash report waits, and standard error cannot be written')
  }
}

/** Whether usage is sent: not while the user has not seen the notice, nor where only crash reports are allowed. */
const sendsUsage = (run: RunOptions, notice: Notice, control: Partial<InForce> = {}): boolean =>
  run.mode === 'send' && notice !== 'held' && run.level !== 'crashes' && !control.usage

/** Counts a run without an id. Its marks are used up where it is sent. In CI there is no user to count. */
const countWithoutId = ({ files }: Paths, isSent: () => boolean) =>
  firstMarks({ directory: isCi() ? undefined : files?.counted, isSent, started: performance.timeOrigin })

/** Composes a recorded run: notice, sink, identity, recorder, and the child that is started at its end. */
export const startRun = (run: RunOptions): Run => {
  const { options, debug, places } = run
  const { files, randomIds } = run.paths
  const notice = run.noticeShown ? 'sendable' : showNoticeIfDue(run)
  if (run.mode === 'send' && notice === 'sendable' && options.notice !== 'silent') announceCrashReport(run)
  // A tool without a control file reads nothing.
  const control = controlsOf(run) && files && readInForce(files.controls, options.app.version)
  if (control?.usage || control?.crashes) debug('the publisher has stopped a part of this version: "status" says which')
  // What is stopped starts no child, which alone can learn that it is stopped no more.
  const asks = control?.usage && control.isDue
  const output = run.mode === 'inspect' ? toInspectLog(run) : toSpool(run, notice, asks)
  const { sink, isRevoked } = revocable(allowed(output.sink, run.level, control), () => isRefused(run))
  const identifies = options.identity !== 'none'
  const joinTraces = identifies && (options.joinTraces ?? false)
  const usage = sendsUsage(run, notice, control)
  const isSent = (): boolean =>
    usage && !isRevoked() && files !== undefined && generationOf(run, files.consent) !== undefined
  const facts = resourceFacts(options, randomIds, debug)
  let database: Record<string, unknown> = {}

  const recorder = startRecorder({
    app: options.app,
    publicNames: options.publicNames ?? {},
    ...(options.spans === 'operations' && { maxSpans: 0 }),
    sampling: {
      perMillion: (name) => perMillion([options.sampleRate].concat(control?.rates ?? []), name),
      // Where nothing is sent, none stands for others. In CI, and for an organisation's collector, all are recorded: what is kept in
      // the home is of the user's own runs, which the publisher receives.
      intervals:
        options.minInterval && files && usage && !isCi() && !run.destinations.redirect
          ? new Intervals(
              options.minInterval,
              new IntervalFiles(files.intervals, isSent),
              () => isSent() && facts()['cq.random_id_persisted'] !== false,
            )
          : undefined,
      showsAll: run.mode === 'inspect',
    },
    pseudonym: pseudonyms(
      {
        // In CI the secret would be new for each job, and pseudonyms would mean nothing.
        kinds: isCi() || !identifies ? [] : (options.pseudonyms ?? []),
        secretFile: files?.secret,
        mayCreate: () => !isRevoked() && ['none', 'enabled'].includes(readChoice(files?.consent).kind),
      },
      debug,
    ),
    attributes: options.attributes ?? {},
    classifyError: options.classifyError,
    successCodes: options.successCodes ?? [],
    facts: () => ({ ...facts(), ...database }),
    sink,
    parent: identifies ? inheritedParent(run.environment, places.envPrefix, joinTraces) : undefined,
    ...(!identifies && { runAttributes: () => ({ ...countWithoutId(run.paths, isSent) }) }),
  })
  const { operations, tracer } = recorder
  const look = () => {
    if (isRevoked()) return
    // RudderStack keeps the first event of an id, so that it gets an operation at its end alone.
    if (run.mode === 'inspect' || run.destinations.otlp || run.destinations.redirect) recorder.reportOpen()
    output.minute()
  }
  const minutes = setInterval(() => quietly(look), lookEveryMs)
  // The process ends as if there were no timer.
  minutes.unref()

  return {
    tracer,
    operation: operations.operation.bind(operations),
    provider: (info, callback) => operations.provider(info, callback),
    resource: (name, callback) => operations.resource(name, callback),
    policy: (info, callback) => operations.policy(info, callback),
    identifyDatabase: async (client: Queryable | string) => {
      database = { ...database, ...(await databaseFacts(client, debug, identifies)) }
    },
    error: (error) => recorder.setRunError(error),
    childEnv: (env = process.env) => {
      if (!identifies) return { ...env }
      const parent = formatTraceParent(recorder.active())
      return { ...env, [ownVariable(places.envPrefix)]: parent, ...(joinTraces && { [standardVariable]: parent }) }
    },
    uncaught: (error, kind) => recorder.uncaught(error, kind),
    flush: async () => {
      if (isRevoked()) return
      recorder.flush()
      output.flush()
    },
    end: (exitCode) => {
      clearInterval(minutes)
      recorder.end(exitCode)
      if (!isRevoked()) output.end()
    },
  }
}
