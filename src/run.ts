import { isCi } from './adapters/surroundings.ts'
import { databaseFacts } from './adapters/postgres.ts'
import { InspectSpanExporter } from './inspect/exporter.ts'
import type { Options } from './options.ts'
import { type Debug, debugTo } from './policy/debug.ts'
import { type Destinations, hostsOf } from './policy/destinations.ts'
import { establish } from './policy/consent-file.ts'
import { resourceFacts } from './policy/facts.ts'
import { type Notice, showNotice, writeToStandardError } from './policy/notice.ts'
import type { Paths } from './policy/paths.ts'
import { watchExit } from './record/exit.ts'
import { type Sink, startRecorder } from './record/recorder.ts'
import { SpoolFile } from './spool/append.ts'
import { handOver } from './spool/handover.ts'
import { destinationNames, newName } from './spool/name.ts'
import type { Queryable, Telemetry } from './telemetry.ts'

export interface RunOptions {
  readonly options: Options
  readonly mode: 'inspect' | 'send'
  readonly paths: Paths
  readonly destinations: Destinations
  readonly debug: boolean
}

/** Where the spans of a run go, and what happens when it is over. */
interface Outlet {
  readonly sink: Sink
  close(): void
}

const inspectOutlet = ({ paths }: RunOptions): Outlet => {
  const exporter = new InspectSpanExporter({ logFile: paths.log })
  return { sink: (resource, spans) => exporter.write(resource(), spans), close: () => exporter.close() }
}

/** The user's home cannot be written to: there is nowhere to keep what is recorded, nor a choice. */
const noOutlet: Outlet = { sink: () => undefined, close: () => undefined }

const spoolOutlet = (run: RunOptions, notice: Notice, debug: Debug): Outlet => {
  const { spool, consent } = run.paths
  if (spool === undefined || consent === undefined) return noOutlet
  const choice = establish(consent)
  if (choice.kind !== 'enabled') return noOutlet
  const names = destinationNames.filter((name) => run.destinations[name])
  const file = new SpoolFile(spool, newName(choice.generation, names, notice === 'held' ? 'held' : 'jsonl'))
  return {
    sink: (resource, spans) => file.append(resource(), spans),
    close: () => {
      if (!file.close() || notice !== 'sendable') return
      handOver({ spool, consent, ...run.destinations, debug: run.debug }, debug)
    },
  }
}

/** What the disk refuses is said under debug, once, and then telemetry steps aside. */
const steppingAside = (open: () => Outlet, debug: Debug): Outlet => {
  let outlet: Outlet | undefined
  const attempt = (use: (outlet: Outlet) => void) => {
    try {
      outlet ??= open()
      use(outlet)
    } catch (error) {
      outlet = noOutlet
      debug(`nothing is recorded: the spool cannot be written (${(error as NodeJS.ErrnoException).code ?? 'no code'})`)
    }
  }
  return {
    sink: (resource, spans) => attempt((open) => open.sink(resource, spans)),
    close: () => attempt((open) => open.close()),
  }
}

const noticeOf = ({ options, paths, destinations }: RunOptions, debug: Debug): Notice =>
  showNotice(
    {
      mode: options.notice ?? 'terminal',
      ci: isCi(),
      terminal: process.stderr.isTTY === true,
      consentFile: paths.consent,
      docsUrl: options.docsUrl,
      endpoints: hostsOf(destinations),
      policyDate: options.policyDate,
      now: () => new Date(),
      write: writeToStandardError,
    },
    debug,
  )

/** Wires the stages of a run that is recorded. */
export const startRun = (run: RunOptions): Telemetry => {
  const { options } = run
  const debug = debugTo(process.stderr, run.debug)
  const notice = noticeOf(run, debug)
  const outlet =
    run.mode === 'inspect' ? inspectOutlet(run) : steppingAside(() => spoolOutlet(run, notice, debug), debug)
  const facts = resourceFacts(options, run.paths.randomIds, debug)
  let database: Record<string, unknown> = {}

  const recorder = startRecorder({
    app: options.app,
    publicNames: options.publicNames ?? {},
    classifyError: options.classifyError,
    facts: () => ({ ...facts(), ...database }),
    sink: outlet.sink,
  })
  const { units, tracer } = recorder

  let over = false
  const end = (exitCode: number) => {
    if (over) return
    over = true
    unwatch()
    try {
      recorder.end(exitCode)
      outlet.close()
    } catch {
      debug('the end of the run could not be recorded')
    }
  }
  const unwatch = watchExit({ exit: end, uncaught: (error) => recorder.uncaught(error) })

  return {
    enabled: true,
    tracer,
    operation: (name, callback) => units.operation(name, callback),
    provider: (info, callback) => units.provider(info, callback),
    resource: (name, callback) => units.resource(name, callback),
    policy: (info, callback) => units.policy(info, callback),
    identifyDatabase: async (client: Queryable | string) => {
      database = { ...database, ...(await databaseFacts(client, debug)) }
    },
    shutdown: async () => end(Number(process.exitCode ?? 0)),
  }
}
