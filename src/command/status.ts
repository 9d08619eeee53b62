import { existsSync } from 'node:fs'
import { decideConsent } from '../consent/decision.ts'
import { type Choice, choiceFor, isUnanswered, isYes, type Level, levelOf } from '../consent/choice.ts'
import { noticeDate } from '../consent/notice.ts'
import { type Counted, countedIn } from '../identity/first-marks.ts'
import { findRandomId, hasIdWithPrefix } from '../identity/random-id.ts'
import { offFile } from '../consent/off-files.ts'
import { readSwitches, type Switches } from '../consent/switches.ts'
import { type ChildPlan, planChild } from '../launch/child-command.ts'
import { DeliveryState, type DestinationStates } from '../spool/delivery-state.ts'
import { escapeControls } from '../machine/visible.ts'
import { type Destinations, destinationsOf, noDestination } from '../launch/destinations.ts'
import { destinationsFor } from './destinations.ts'
import { hasCiVariable, isFaas } from '../machine/ci-variables.ts'
import { type ControlStatus, controlLines, controlStatus } from './in-force.ts'
import { type Paths, pathsFor } from '../machine/layout.ts'
import { workingDirectory } from '../machine/working-directory.ts'
import { idsToForget } from './forget-requests.ts'
import { keepsNothing, placeProblem } from './place-problem.ts'
import { samplingLines, samplingStatus, type SamplingStatus } from './sampling.ts'
import type { Setting } from './setting.ts'
import { waitingIn } from './waiting.ts'
import { when } from './when.ts'

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

const rules: Record<Choice['kind'], string> = {
  none: 'default',
  enabled: 'cq-telemetry enable',
  disabled: 'cq-telemetry disable',
  foreign: 'the consent file belongs to another user',
  unreadable: 'the consent file cannot be read',
}

type Decision = Pick<Status, 'enabled' | 'rule'>

const decideByUser = (choice: Choice, switches: Switches): Decision => {
  const kind = isUnanswered(choice) ? 'none' : choice.kind
  if (switches.off !== undefined) return { enabled: false, rule: switches.off }
  const level = levelOf(choice)
  const rule = level === 'all' ? rules[kind] : `cq-telemetry enable --only ${level}`
  return { enabled: kind === 'none' || kind === 'enabled', rule }
}

/** The user's choice first, then the rules that depend on the tool's options, if these are known. */
const decide = (setting: Setting, paths: Paths, env: NodeJS.ProcessEnv): Decision => {
  const { options, envPrefix } = setting
  const switches = readSwitches([], env, envPrefix)
  const choice = choiceFor(paths)
  const byUser = decideByUser(choice, switches)
  const noPlace = hasCiVariable() || isFaas() ? undefined : paths.noFiles
  if (!byUser.enabled) return byUser
  const file = offFile(setting.tool, workingDirectory())
  if (file !== undefined) return { enabled: false, rule: file.path === undefined ? file.rule : `the file ${file.path}` }
  if (switches.inspect)
    return { enabled: true, rule: `${envPrefix}_INSPECT_TELEMETRY: runs are shown, and nothing is sent` }
  if (!options) return noPlace === undefined ? byUser : { enabled: false, rule: noPlace }
  const consent = decideConsent({
    inspect: false,
    choice,
    optIn: options.consent === 'ask',
    offFile: () => undefined,
    noPlace,
    isPublisher: () => hasIdWithPrefix(options.publisherIds ?? [], paths.randomIds, () => undefined),
    app: options.app,
    automaticCaller: undefined,
    sendInDevelopment: options.sendInDevelopment ?? false,
    noDestination: noDestination(destinationsFor(setting, {}, env)),
  })
  if (consent.mode === 'ask')
    return { enabled: false, rule: 'nobody has said yes: "cq-telemetry enable" or "cq-telemetry disable" answers' }
  return consent.mode === 'off' ? { enabled: false, rule: consent.rule } : byUser
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
  const { enabled, rule } = decide(setting, paths, env)
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

/** A line for each destination: how the last delivery went, and when the next one may be tried. */
export const deliveryLines = (delivery: DestinationStates): string[] =>
  Object.entries(delivery).map(([name, { last, at, notBefore, size }]) => {
    const pause = notBefore > Date.now() ? `, not tried again before ${when(new Date(notBefore))}` : ''
    const limit = size === undefined ? '' : `, ${size} at once`
    return `${name.padEnd(8)} ${escapeControls(last)} (${when(new Date(at))})${pause}${limit}`
  })

const waitingLine = ({ files, bytes, crashes, directory }: Status['spool']): string => {
  if (files === 0) return 'waiting  nothing'
  const reports = crashes === 0 ? '' : `, with ${crashes} crash ${crashes === 1 ? 'report' : 'reports'}`
  return `waiting  ${files} ${files === 1 ? 'file' : 'files'} of ${Math.ceil(bytes / 1000)} kB${reports} (${escapeControls(String(directory))})`
}

/** How a tool that sends no id counts this installation. */
export const countedText = ({ day, since }: Counted): string =>
  'The first run of a day, week and month (UTC) says that it is the first' +
  (since === null ? '.' : `: last on ${day ?? since}, and since ${since}.`)

const idText = ({ id, idFile, counted }: Status): string =>
  counted ? `none is sent. ${countedText(counted)}` : `${id ?? 'none'} (${escapeControls(idFile)})`

export const levelText: Record<Level, string> = {
  all: 'on',
  crashes: 'on, for crash reports alone',
  usage: 'on, without crash reports',
}

export const onOrOff = ({ enabled, level }: Pick<Status, 'enabled' | 'level'>): string =>
  enabled && level ? levelText[level] : 'off'

const destinationLines = ({ destinations, destinationProblem }: Status): string[] => [
  ...(destinations ?? []).map(
    ({ host, chosenBy }) => `sends to ${host}${chosenBy === null ? '' : `, set by ${escapeControls(chosenBy)}`}`,
  ),
  ...(destinationProblem === null ? [] : [`problem  ${destinationProblem}: nothing is sent anywhere`]),
]

const askedLine = ({ asks, answer }: Status): string[] =>
  asks ? [`asks     once, on a terminal: ${answer === null ? 'not answered yet' : `the answer is ${answer}`}`] : []

/** A tool that asks shows it only after a yes. */
const noticeLine = ({ asks, answer, noticeShown }: Status): string[] => {
  if (noticeShown !== null) return [`notice   shown ${when(new Date(noticeShown))}`]
  if (asks && answer !== 'yes') return []
  return ['notice   not shown yet: outside of CI, nothing is sent before it was shown on a terminal']
}

const isBadChoice = ({ rule }: Status): boolean => [rules.foreign, rules.unreadable].includes(rule)

/** The status as text for the terminal. */
export const statusText = ({ typed }: Setting, status: Status): string =>
  [
    `Telemetry is ${onOrOff(status)} (${escapeControls(status.rule)})`,
    ...(isBadChoice(status) ? [`remedy   "${typed} enable" or "${typed} disable" writes the file anew`] : []),
    ...(status.problem === null ? [] : [`problem  ${escapeControls(status.problem)}: ${keepsNothing}`]),
    ...(status.consent === null ? [] : [`choice   ${escapeControls(status.consent)}`]),
    ...destinationLines(status),
    ...askedLine(status),
    ...noticeLine(status),
    `id       ${idText(status)}`,
    ...status.forget.map((id) => `forget   the request for ${id} is not taken yet: give --forget again`),
    waitingLine(status.spool),
    ...deliveryLines(status.delivery),
    ...(status.sampling ? samplingLines(status.sampling).map(escapeControls) : []),
    ...(status.controls ? controlLines(status.controls).map(escapeControls) : []),
    ...(status.child.kind === 'process' ? [] : [`child    ${status.child.says}`]),
  ].join('\n')
