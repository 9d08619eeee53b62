import type { Options } from './api/options.ts'
import { userCommand } from './api/user-command.ts'
import { ensureChoice, isYes, type Level, readChoice } from './consent/choice.ts'
import type { Notice } from './consent/notice.ts'
import { captureFile } from './consent/switches.ts'
import type { InForce } from './controls/in-force.ts'
import { inspectSink } from './inspect/sink.ts'
import { Deliveries } from './launch/as-it-goes.ts'
import { decideDelivery } from './launch/delivery-mode.ts'
import { sinksOf } from './launch/destinations.ts'
import { isCi } from './machine/ci.ts'
import { isFaas } from './machine/ci-variables.ts'
import { endsWithContainer } from './machine/container.ts'
import { limited } from './record/level-sink.ts'
import type { RevocableSink } from './record/span-sink.ts'
import type { RunOptions } from './run-options.ts'
import { destinationNames } from './spool/name.ts'
import { SpoolSink } from './spool/sink.ts'

/** A sink for spans, and what to do with them. */
export interface Output {
  readonly sink: RevocableSink
  /** Called every minute. */
  readonly minute: () => void
  /** Sends what there is. */
  readonly flush: () => void
  readonly end: () => void
}

/** Milliseconds for which the choice that was read at first is not read again: the file may lie on a slow network. */
const choiceHoldsMs = 1_000

/** The generation under which the run is recorded; undefined if the user has said no since it was decided. May throw. */
export const generationOf = ({ choice, decidedAt, options }: RunOptions, consentFile: string): string | undefined => {
  const isFresh = choice.kind === 'enabled' && performance.now() - decidedAt < choiceHoldsMs
  const asks = options.consent === 'ask'
  const now = isFresh ? choice : asks ? readChoice(consentFile) : ensureChoice(consentFile)
  if (asks && !isYes(now)) return undefined
  return now.kind === 'enabled' ? now.generation : undefined
}

/** Whoever redirects what a tool sends does not want its publisher to be asked, who could then lift no stop either. */
export const controlsOf = ({ options, destinations }: RunOptions): Options['controls'] =>
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
export const allowed = (sink: RevocableSink, level: Level, control: Partial<InForce> = {}): RevocableSink => {
  const byPublisher = limited(limited(sink, control.usage ? 'crashes' : 'all'), control.crashes ? 'usage' : 'all')
  return limited(byPublisher, level)
}

/** @param asks Whether a child is started even if nothing is to be sent. */
export const toSpool = (run: RunOptions, notice: Notice, asks = false): Output => {
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

export const toInspectLog = ({ options, paths, environment, destinations }: RunOptions): Output => {
  const sink = inspectSink({
    log: paths.log,
    capture: captureFile(environment),
    rudder: destinations.rudder !== undefined,
    command: userCommand(options),
  })
  return { sink, minute: sink.flush, flush: sink.flush, end: () => sink.close() }
}
