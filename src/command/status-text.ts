import type { Level } from '../consent/choice.ts'
import type { Counted } from '../identity/first-marks.ts'
import type { DestinationStates } from '../spool/delivery-state.ts'
import { escapeControls } from '../machine/visible.ts'
import { controlLines } from './in-force.ts'
import { keepsNothing } from './place-problem.ts'
import { samplingLines } from './sampling.ts'
import type { Setting } from './setting.ts'
import { when } from './when.ts'
import type { Status } from './status.ts'
import { isBadChoice } from './status-rule.ts'

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

/** The status as text for the terminal. */
export const statusText = ({ typed }: Setting, status: Status): string =>
  [
    `Telemetry is ${onOrOff(status)} (${escapeControls(status.rule)})`,
    ...(isBadChoice(status.rule) ? [`remedy   "${typed} enable" or "${typed} disable" writes the file anew`] : []),
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
