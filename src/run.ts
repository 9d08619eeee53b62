import { dirname } from 'node:path'
import { databaseFacts } from './adapters/postgres.ts'
import { isCi, isFaas } from './adapters/surroundings.ts'
import { isTerminal } from './adapters/terminal.ts'
import type { Options } from './options.ts'
import { type Outlet, spoolOutlet } from './outlet.ts'
import { type Debug, debugTo } from './policy/debug.ts'
import { decideDelivery } from './policy/delivery.ts'
import { type Destinations, hostsOf } from './policy/destinations.ts'
import { resourceFacts } from './policy/facts.ts'
import { type Notice, showNotice, writeToStandardError } from './policy/notice.ts'
import type { Paths } from './policy/paths.ts'
import { captureFile } from './policy/switches.ts'
import { pseudonyms } from './policy/pseudonyms.ts'
import { startRecorder } from './record/recorder.ts'
import { formatTraceParent, inheritedParent, ownVariable, standardVariable } from './record/trace-parent.ts'
import { destinationNames } from './spool/name.ts'
import { sendOff } from './spool/send-off.ts'
import { takeCrashNote } from './spool/crash-note.ts'
import type { Queryable, Telemetry } from './telemetry.ts'

export { keepCompiled } from './load/keep-compiled.ts'

export interface RunOptions {
  readonly options: Options
  readonly mode: 'inspect' | 'send'
  readonly paths: Paths
  readonly destinations: Destinations
  /** The notice was shown in an earlier run. */
  readonly noticeShown: boolean
  /** Variables as they were when the host began. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly debug: boolean
}

const noticeOf = ({ options, paths, destinations, environment }: RunOptions, debug: Debug): Notice =>
  showNotice(
    {
      // A test has nobody to tell.
      mode: captureFile(environment) === undefined ? (options.notice ?? 'terminal') : 'silent',
      // Neither has a later run that could send what this one records.
      ci: isCi() || (isFaas() && options.notice === 'anywhere'),
      terminal: isTerminal(2),
      consentFile: paths.consent,
      docsUrl: options.docsUrl,
      endpoints: hostsOf(destinations),
      policyDate: options.policyDate,
      now: () => new Date(),
      write: writeToStandardError,
    },
    debug,
  )

/** What is spooled and sent under one consent and notice. */
const sending = ({ options, paths, destinations, debug: loud }: RunOptions, notice: Notice, debug: Debug) => {
  const names = destinationNames.filter((name) => destinations[name])
  const outlet = spoolOutlet({ paths, notice, destinations: names }, debug)
  const delivery = decideDelivery(options.delivery ?? 'auto', { ci: isCi(), faas: isFaas() })
  const { spool, consent } = paths
  return {
    outlet,
    end: () => {
      const { spooled, lines } = outlet.close()
      if (notice !== 'sendable' || !(spooled || lines.length > 0)) return
      const home = spool !== undefined && consent !== undefined ? { spool, consent } : {}
      const work = {
        ...home,
        ...destinations,
        attributes: options.attributes ?? {},
        debug: loud,
        ...(lines.length > 0 && { lines }),
      }
      sendOff(work, { delivery, child: options.child }, debug)
    },
  }
}

/** The view is for those who ask for it; other runs do not load it. */
const loadInspect = () => require('./inspect/outlet.ts') as typeof import('./inspect/outlet.ts')

const inspecting = ({ options, paths, environment }: RunOptions): { outlet: Outlet; end: () => void } => {
  const outlet = loadInspect().inspectOutlet({
    log: paths.log,
    capture: captureFile(environment),
    command: options.command,
  })
  return { outlet, end: outlet.close }
}

/** A report that waits is said once, where somebody reads it. */
const sayCrash = ({ options, paths }: RunOptions, debug: Debug): void => {
  const { consent, spool } = paths
  if (consent === undefined || spool === undefined || !isTerminal(2)) return
  if (!takeCrashNote(dirname(consent), spool)) return
  const command = options.command ?? 'cq-telemetry'
  const text = `"${command} view --spool" shows it, "${command} spool clear" drops it`
  try {
    writeToStandardError(`A crash report of an earlier run waits to be sent: ${text}.\n`)
  } catch {
    debug('a crash report waits, and standard error takes no text')
  }
}

/** A run that is recorded: what the host calls, and how it ends. */
export interface Run extends Omit<Telemetry, 'enabled' | 'shutdown'> {
  /** An error that nobody caught. */
  uncaught(error: unknown, kind: 'uncaught' | 'unhandled_rejection'): void
  end(exitCode: number): void
}

/** Wires the stages of a run that is recorded. */
export const startRun = (run: RunOptions): Run => {
  const { options } = run
  const debug = debugTo(run.debug)
  const notice = run.noticeShown ? 'sendable' : noticeOf(run, debug)
  if (run.mode === 'send' && notice === 'sendable' && options.notice !== 'silent') sayCrash(run, debug)
  const { outlet, end: endOutlet } = run.mode === 'inspect' ? inspecting(run) : sending(run, notice, debug)
  const prefix = options.envPrefix ?? 'CQ'
  const join = options.joinTraces ?? false
  const facts = resourceFacts(options, run.paths.randomIds, debug)
  let database: Record<string, unknown> = {}

  const recorder = startRecorder({
    app: options.app,
    publicNames: options.publicNames ?? {},
    ...(options.spans === 'operations' && { maxSpans: 0 }),
    pseudonym: pseudonyms(isCi() ? [] : (options.pseudonyms ?? []), run.paths.consent, debug),
    attributes: options.attributes ?? {},
    classifyError: options.classifyError,
    facts: () => ({ ...facts(), ...database }),
    sink: outlet,
    parent: inheritedParent(run.environment, prefix, join),
  })
  const { units, tracer } = recorder

  return {
    tracer,
    operation: (name, callback) => units.operation(name, callback),
    provider: (info, callback) => units.provider(info, callback),
    resource: (name, callback) => units.resource(name, callback),
    policy: (info, callback) => units.policy(info, callback),
    identifyDatabase: async (client: Queryable | string) => {
      database = { ...database, ...(await databaseFacts(client, debug)) }
    },
    error: (error) => recorder.note(error),
    childEnv: (env = process.env) => {
      const parent = formatTraceParent(recorder.active())
      return { ...env, [ownVariable(prefix)]: parent, ...(join && { [standardVariable]: parent }) }
    },
    uncaught: (error, kind) => recorder.uncaught(error, kind),
    end: (exitCode) => {
      recorder.end(exitCode)
      endOutlet()
    },
  }
}
