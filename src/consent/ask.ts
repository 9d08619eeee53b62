import type { Debug } from '../machine/debug.ts'
import { agent } from '../machine/agent.ts'
import { isCi } from '../machine/ci.ts'
import { isFaas } from '../machine/ci-variables.ts'
import { hasRoom } from '../machine/free-space.ts'
import type { Layout } from '../machine/layout.ts'
import { dirname, fs } from '../machine/node.ts'
import { isInForeground, isTerminal, isTerminalRead, readLine } from '../machine/terminal.ts'
import { escapeControls } from '../machine/visible.ts'
import { isUnanswered, readChoice, saveChoice } from './choice.ts'
import { saveNoticeDate, writeToStandardError } from './notice.ts'

/** Asks the user about a tool whose telemetry is off until they say yes. */

/** Milliseconds that the user has to answer. */
const answerWithinMs = 30_000

export interface QuestionOptions {
  readonly app: string
  readonly docsUrl: string | undefined
  /** Hosts that the data is sent to. */
  readonly endpoints: readonly string[]
  /** What the user says yes to (`contract/terms.ts`). */
  readonly terms: readonly string[]
  readonly files: Layout
  readonly randomIds: readonly string[]
  /** How the user starts the telemetry commands. */
  readonly command: string
}

/**
 * Whether npm or a tool like it runs a script by itself. In the user's own project the script has the user's terminal.
 */
const isPackageHook = (env: NodeJS.ProcessEnv): boolean =>
  /^(?:dependencies|(?:pre|post)?(?:install|uninstall|prepare|pack|publish|version))$|^prepublishOnly$/.test(
    env['npm_lifecycle_event'] ?? '',
  )

/** By the nearest directory that exists, and the room on its disk. Throws for a link that leads nowhere. */
const canWriteAt = (path: string): boolean => {
  if (!fs.lstatSync(path, { throwIfNoEntry: false })) return canWriteAt(dirname(path))
  fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK)
  return fs.statSync(path).isDirectory() && hasRoom(path)
}

/** Whether the answer can be kept. If not, the user would be asked in each run. */
const canKeep = (directory: string): boolean => {
  try {
    return canWriteAt(directory)
  } catch {
    return false
  }
}

/** Why the user cannot be asked here; undefined if they can. The cheap checks come first. */
export const noQuestion = ({ directory }: Layout, env = process.env): string | undefined => {
  if (!([0, 1, 2] as const).every(isTerminal)) return 'a standard stream is not a terminal'
  if (isCi() || isFaas()) return 'nobody reads it in CI and in cloud functions'
  if (agent(env) !== undefined) return 'an agent runs the command'
  if (isPackageHook(env)) return 'a package manager runs the command'
  if (isTerminalRead()) return 'the tool is reading the terminal'
  if (!canKeep(directory)) return 'the answer could not be kept'
  return isInForeground() ? undefined : 'the command runs in the background'
}

const questionText = ({ app, docsUrl, endpoints }: QuestionOptions): string =>
  `${app} can send anonymous usage data and crash reports to ${endpoints.join(' and ')}.\n` +
  (docsUrl === undefined ? '' : `What they hold: ${escapeControls(docsUrl)}\n`) +
  `Allow it? No answer within ${answerWithinMs / 1_000} seconds means no. [y/N] `

/** A yes also counts as the notice, since the question says the same. */
const keep = (isYes: boolean, { files, randomIds, command, terms }: QuestionOptions): void => {
  // Another run may have asked at the same time, or the user may have answered with the command.
  if (!isUnanswered(readChoice(files.consent))) return
  saveChoice(files, isYes ? 'all' : 'disabled', randomIds)
  if (isYes) saveNoticeDate(files, new Date(), terms)
  const typed = escapeControls(command)
  writeToStandardError(
    isYes
      ? `Telemetry is on from the next run. "${typed} disable" switches it off.\n`
      : `Telemetry stays off. "${typed} enable" switches it on.\n`,
  )
}

/**
 * Asks on standard error, and stores the answer. No answer in time and the end of the input are stored as a no, since
 * otherwise each run at an unattended terminal would wait. After Ctrl-C nothing is stored. Never rejects.
 */
export const ask = async (options: QuestionOptions, debug: Debug): Promise<void> => {
  try {
    const line = await readLine(answerWithinMs, () => writeToStandardError(questionText(options)))
    // The user's Enter has already ended the line of the question.
    if (!/[\r\n]/.test(line ?? '')) writeToStandardError('\n')
    if (line !== undefined) keep(/^y(?:es)?$/i.test(line.trim()), options)
  } catch {
    debug('the user could not be asked whether telemetry may be on')
  }
}
