import type { Debug } from '../machine/debug.ts'
import { filesIn, readSmallFile, removeFile, replace } from '../machine/files.ts'
import type { Layout } from '../machine/layout.ts'
import { fs } from '../machine/node.ts'

const { writeSync } = fs

export type NoticeMode = 'terminal' | 'anywhere' | 'silent'

export interface NoticeOptions {
  readonly mode: NoticeMode
  readonly ci: boolean
  /** Standard error is a terminal. */
  readonly terminal: boolean
  readonly files: Layout | undefined
  readonly docsUrl: string | undefined
  /** Where it is sent: hosts, never keys. */
  readonly endpoints: readonly string[]
  /** A change of policy on this day shows the notice again; ISO date. */
  readonly policyDate: string | undefined
  readonly now: () => Date
  readonly write: (text: string) => void
}

/**
 * `sendable`: the notice was shown in an earlier run, or in this one in CI, where there is no later run.
 * `recorded`: it is shown now; this run is kept for a later one, so that there is time to say no.
 * `held`: it was never shown; what is recorded stays here for ever.
 */
export type Notice = 'sendable' | 'recorded' | 'held'

const sentence = ({ docsUrl, endpoints }: NoticeOptions): string => {
  const docs = docsUrl === undefined ? '' : `, or check docs at ${docsUrl}`
  const to = endpoints.length === 0 ? '' : ` Data goes to ${endpoints.join(' and ')}.`
  return `Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable${docs}.${to}\n`
}

/** When the notice was shown, as an ISO date; undefined if it never was. */
export const noticeDate = ({ notice }: Layout): string | undefined => {
  const read = readSmallFile(notice)
  return read.kind === 'content' && /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/.test(read.text) ? read.text.trim() : undefined
}

/** Keeps that the notice was shown, and deletes what was recorded before. Throws where it cannot be written. */
export const keepNotice = ({ notice, spool }: Layout, shown: Date): void => {
  replace(notice, `${shown.toISOString()}\n`)
  for (const file of filesIn(spool)) if (file.endsWith('.held')) removeFile(file)
}

/** Whether the notice that holds today was shown in an earlier run. */
export const shownBefore = ({ files, policyDate }: Pick<NoticeOptions, 'files' | 'policyDate'>): boolean => {
  const date = files && noticeDate(files)
  return date !== undefined && (policyDate === undefined || Date.parse(date) >= Date.parse(policyDate))
}

const write = (options: NoticeOptions): boolean => {
  try {
    options.write(sentence(options))
    return true
  } catch {
    return false
  }
}

/** Shows the notice if it is due and someone can see it. Never waits, never throws. */
export const showNotice = (options: NoticeOptions, debug: Debug): Notice => {
  const { mode, ci, terminal, files, now } = options
  if (shownBefore(options)) return 'sendable'
  if (mode === 'silent' || !(mode === 'anywhere' || ci || terminal)) return 'held'
  if (!write(options)) return 'held'
  if (ci) return 'sendable'
  try {
    if (files) keepNotice(files, now())
  } catch {
    debug('cannot keep that the notice was shown: it comes again')
  }
  return 'recorded'
}

/** Standard error, at once: a stream of Node's could still hold the text when the process ends. */
export const writeToStandardError = (text: string): void => {
  writeSync(2, text)
}
