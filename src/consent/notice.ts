import type { Debug } from '../machine/debug.ts'
import { filesIn, readSmallFile, removeFile, replace } from '../machine/files.ts'
import type { Layout } from '../machine/layout.ts'
import { fs } from '../machine/node.ts'
import { escapeControls, escapeLines } from '../machine/visible.ts'

const { writeSync } = fs

export type NoticeMode = 'terminal' | 'anywhere' | 'silent'

export interface NoticeOptions {
  readonly mode: NoticeMode
  readonly ci: boolean
  /** Whether standard error is a terminal. */
  readonly terminal: boolean
  readonly files: Layout | undefined
  readonly docsUrl: string | undefined
  /** Hosts that the data is sent to; never URLs, which may hold keys. */
  readonly endpoints: readonly string[]
  /** ISO date of the last change of policy. A notice shown before that day is shown again. */
  readonly policyDate: string | undefined
  readonly now: () => Date
  readonly write: (text: string) => void
}

/**
 * `sendable`: the notice was shown in an earlier run, or in this one in CI, where there is no later run.
 * `recorded`: the notice is shown in this run. A later run sends the data, so that the user has time to opt out.
 * `held`: the notice has not been shown. The data of this run is never sent.
 */
export type Notice = 'sendable' | 'recorded' | 'held'

const noticeText = ({ docsUrl, endpoints }: NoticeOptions): string => {
  const docs = docsUrl === undefined ? '' : `, or check docs at ${escapeControls(docsUrl)}`
  const to = endpoints.length === 0 ? '' : ` Data goes to ${endpoints.join(' and ')}.`
  return `Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable${docs}.${to}\n`
}

/** ISO date on which the notice was shown; undefined if it never was. */
export const noticeDate = ({ notice }: Layout): string | undefined => {
  const read = readSmallFile(notice)
  return read.kind === 'content' && /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/.test(read.text) ? read.text.trim() : undefined
}

/** Writes when the notice was shown, and deletes what was recorded before. Throws if the file cannot be written. */
export const saveNoticeDate = ({ notice, spool }: Layout, shown: Date): void => {
  replace(notice, `${shown.toISOString()}\n`)
  for (const file of filesIn(spool)) if (file.endsWith('.held')) removeFile(file)
}

/** Whether an earlier run showed the notice, since the last change of policy. */
export const shownBefore = ({ files, policyDate }: Pick<NoticeOptions, 'files' | 'policyDate'>): boolean => {
  const date = files && noticeDate(files)
  return date !== undefined && (policyDate === undefined || Date.parse(date) >= Date.parse(policyDate))
}

const write = (options: NoticeOptions): boolean => {
  try {
    options.write(noticeText(options))
    return true
  } catch {
    return false
  }
}

/** Shows the notice if it is due and its mode allows it here. Never waits, never throws. */
export const showNotice = (options: NoticeOptions, debug: Debug): Notice => {
  const { mode, ci, terminal, files, now } = options
  if (shownBefore(options)) return 'sendable'
  if (mode === 'silent' || !(mode === 'anywhere' || ci || terminal)) return 'held'
  if (!write(options)) return 'held'
  if (ci) return 'sendable'
  try {
    if (files) saveNoticeDate(files, now())
  } catch {
    debug('that the notice was shown cannot be saved: it will be shown again')
  }
  return 'recorded'
}

/** Writes synchronously: the stream `process.stderr` may still buffer the text when the process ends. */
export const writeToStandardError = (text: string): void => {
  writeSync(2, escapeLines(text))
}
