import { existsSync } from 'node:fs'
import { type Choice, choiceFor, isUnanswered, isYes, type Level } from '../consent/choice.ts'
import { noticeDate } from '../consent/notice.ts'
import { type Counted, countedIn } from '../identity/first-marks.ts'
import { findRandomId } from '../identity/random-id.ts'
import { type ChildPlan, planChild } from '../launch/child-command.ts'
import { DeliveryState, type DestinationStates } from '../spool/delivery-state.ts'
import { type Destinations, destinationsOf } from '../launch/destinations.ts'
import { type ControlStatus, controlStatus } from './in-force.ts'
import { pathsFor } from '../machine/layout.ts'
import { workingDirectory } from '../machine/working-directory.ts'
import { idsToForget } from './forget-requests.ts'
import { placeProblem } from './place-problem.ts'
import { samplingStatus, type SamplingStatus } from './sampling.ts'
import type { Setting } from './setting.ts'
import { waitingIn } from './waiting.ts'
import { ruleOf } from './status-rule.ts'

/** The output of `cq-telemetry status --json`. Times are ISO 8601; null stands for a missing value. */
export interface Status {
  readonly enabled: boolean
  /**
   * The rule that decided. Outside of the tool, rules that depend on its options are not known: no destination, a
   * development build, the publisher's own id.
   */
  readonly rule: string
  /** What the user has allowed; null after a no, and without the answer that a tool asks for. */
  readonly level: Level | null
  /** Whether the tool asks before it records anything (`consent: 'ask'`); null outside of the tool, where it is not known. */
  readonly asks: boolean | null
  /** What the user has said, to the question or by a command; null if nothing. */
  readonly answer: 'yes' | 'no' | null
  /** The file of the choice; null if the user has no home directory of their own. */
  readonly consent: string | null
  /** Why nothing can be kept, so that nothing is recorded or sent; null if it can. */
  readonly problem: string | null
  /** The hosts that it goes to, each with the variable that has chosen it; null outside of the tool, where they are not known. */
  readonly destinations: readonly { readonly host: string; readonly chosenBy: string | null }[] | null
  /** Why nothing is sent anywhere: the variable that redirects it cannot be used; null if nothing is wrong. */
  readonly destinationProblem: string | null
  readonly noticeShown: string | null
  readonly id: string | null
  /** The file that holds the id, or that would be created. */
  readonly idFile: string
  /** In which periods a run was counted, where the tool sends no id; null if it sends one. */
  readonly counted: Counted | null
  /** Ids whose deletion was asked for by `--forget`, and whose request is not taken yet. */
  readonly forget: readonly string[]
  readonly spool: {
    readonly directory: string | null
    readonly files: number
    readonly bytes: number
    readonly crashes: number
    /** When the oldest file was created. */
    readonly oldest: string | null
  }
  readonly delivery: DestinationStates
  /** What the publisher has stopped; null for a tool without a control file, or where it is redirected. */
  readonly controls: ControlStatus | null
  /** Which operations the tool leaves out; null outside of the tool, where it is not known. */
  readonly sampling: SamplingStatus | null
  /** How the process that sends can be started by the runtime of this command. */
  readonly child: { readonly kind: ChildPlan['kind']; readonly says: string }
}

const childOf = (setting: Setting): Status['child'] => {
  const plan = planChild(setting.options?.child, workingDirectory() ?? '/')
  if (plan.kind === 'process') return { kind: 'process', says: 'the process that sends can be started' }
  const { kind, reason } = plan
  return kind === 'thread'
    ? { kind, says: `no process that sends can be started, because ${reason}: a command sends, and waits for it` }
    : { kind, says: `the process that sends cannot be started, so what is recorded waits: ${reason}` }
}

const destinationsIn = ({ rudder, otlp, redirect, chosenBy }: Destinations): NonNullable<Status['destinations']> => {
  const of = (url: string | undefined, by: string | null) => (url ? [{ host: new URL(url).host, chosenBy: by }] : [])
  return [...of(rudder?.dataPlaneUrl, null), ...of((otlp ?? redirect)?.url, chosenBy ?? null)]
}

const allowedBy = (choice: Choice, asks: boolean): Level | null => {
  if (isUnanswered(choice)) return asks ? null : 'all'
  return choice.kind === 'enabled' ? choice.level : null
}

const answerOf = (choice: Choice): Status['answer'] => {
  if (choice.kind === 'disabled') return 'no'
  return isYes(choice) ? 'yes' : null
}

/** Outside of the tool, its option `identity` is not known, and what a run has kept says it. */
const countsWithoutId = ({ options }: Setting, { since }: Counted): boolean =>
  options ? options.identity === 'none' : since !== null

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** Only reads. */
export const statusOf = (setting: Setting, env = process.env): Status => {
  const paths = pathsFor(setting)
  const { files, randomIds } = paths
  const found = findRandomId(randomIds, () => undefined)
  const choice = choiceFor(paths)
  const asks = setting.options ? setting.options.consent === 'ask' : null
  const to = setting.options ? destinationsOf(setting.options, env, setting.envPrefix, () => undefined) : null
  const { enabled, rule } = ruleOf(setting, paths, env)
  const waiting = files ? waitingIn(files.spool) : []
  const kept = files && countedIn(files.counted)
  const counted = kept && countsWithoutId(setting, kept) ? kept : null
  return {
    enabled,
    // As the user has to type it. A path may hold the name too.
    rule: rule.replaceAll(/cq-telemetry (?=enable|disable)/g, `${setting.typed} `),
    level: allowedBy(choice, asks === true),
    asks,
    answer: answerOf(choice),
    consent: files?.consent ?? null,
    problem: placeProblem(paths) ?? null,
    destinations: to && destinationsIn(to),
    destinationProblem: to?.problem ?? null,
    noticeShown: (files && noticeDate(files)) ?? null,
    id: typeof found === 'object' && !counted ? found.id : null,
    idFile: randomIds.find((path) => existsSync(path)) ?? randomIds[0] ?? '',
    counted,
    forget: files ? idsToForget(files.forget) : [],
    spool: {
      directory: files?.spool ?? null,
      files: waiting.length,
      bytes: sum(waiting.map(({ bytes }) => bytes)),
      crashes: sum(waiting.map(({ crashes }) => crashes)),
      oldest: waiting[0]?.begun ?? null,
    },
    delivery: files ? new DeliveryState(files.deliveryState).all() : {},
    controls: to?.redirect ? null : controlStatus(setting, files),
    sampling: samplingStatus(setting, files),
    child: childOf(setting),
  }
}
