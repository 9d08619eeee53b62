import type { Queryable } from './api/telemetry.ts'
import { userCommand } from './api/user-command.ts'
import { readChoice } from './consent/choice.ts'
import { type Notice, writeToStandardError } from './consent/notice.ts'
import { showNoticeIfDue } from './decide.ts'
import { type InForce, readInForce } from './controls/in-force.ts'
import { perMillion } from './controls/rates.ts'
import { databaseFacts } from './identity/database.ts'
import { firstMarks } from './identity/first-marks.ts'
import { pseudonyms } from './identity/pseudonyms.ts'
import { resourceFacts } from './identity/resource.ts'
import { isCi } from './machine/ci.ts'
import type { Paths } from './machine/layout.ts'
import { isTerminal } from './machine/terminal.ts'
import { escapeControls } from './machine/visible.ts'
import type { Run } from './record/handle.ts'
import { Intervals } from './record/intervals.ts'
import { quietly } from './record/quietly.ts'
import { startRecorder } from './record/recorder.ts'
import { revocable } from './record/revocable-sink.ts'
import { formatTraceParent, inheritedParent, ownVariable, standardVariable } from './record/trace-parent.ts'
import type { RunOptions } from './run-options.ts'
import { allowed, controlsOf, generationOf, toInspectLog, toSpool } from './run-output.ts'
import { takeCrashNote } from './spool/crash-note.ts'
import { IntervalFiles } from './spool/interval-files.ts'

/** Milliseconds between two looks of a run at what has waited, and at operations that are open for long. */
const lookEveryMs = 60_000

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
  if (control?.usage || control?.crashes) debug('the publisher has stopped a part of this version: see "status"')
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
