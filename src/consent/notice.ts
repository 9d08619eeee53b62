import type { Debug } from '../machine/debug.ts'
import { filesIn, moveTemporary, readSmallFile, removeFile, writeTemporary } from '../machine/files.ts'
import type { Layout } from '../machine/layout.ts'
import { fs } from '../machine/node.ts'
import { fitStandardError } from '../machine/terminal.ts'
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

/** ISO date on which the notice was shown; undefined if it never was, or only another user's file says so. */
export const noticeDate = ({ notice }: Layout): string | undefined => {
  const read = readSmallFile(notice)
  return read.kind === 'content' && read.own && /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/.test(read.text)
    ? read.text.trim()
    : undefined
}

/** The most files that are deleted while the user waits. Later runs delete more, where an older version left thousands. */
const maxDeleted = 20

/**
 * Prepares the file that says when the notice was shown, and returns a function that puts it in its place and deletes what
 * was recorded before. Throws where the file cannot be written; an older one is removed then.
 */
const prepareNoticeDate = ({ notice, spool }: Layout, shown: Date): { keep: () => void; drop: () => void } => {
  removeFile(notice)
  const temporary = writeTemporary(notice, `${shown.toISOString()}\n`)
  return {
    keep: () => {
      moveTemporary(temporary, notice)
      const held = filesIn(spool).filter((file) => file.endsWith('.held'))
      for (const file of held.slice(0, maxDeleted)) removeFile(file)
    },
    drop: () => removeFile(temporary),
  }
}

/** Writes when the notice was shown, and deletes what was recorded before. Throws if the file cannot be written. */
export const saveNoticeDate = (files: Layout, shown: Date): void => prepareNoticeDate(files, shown).keep()

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

/** Shows the notice where that can be kept: it would else be shown in each run, and nothing would ever be sent. */
const showAndKeep = (options: NoticeOptions & { readonly files: Layout }, debug: Debug): Notice => {
  let prepared
  try {
    prepared = prepareNoticeDate(options.files, options.now())
  } catch {
    debug('the notice is not shown, because its date cannot be saved: nothing is sent')
    return 'held'
  }
  try {
    const shown = write(options)
    prepared[shown ? 'keep' : 'drop']()
    return shown ? 'recorded' : 'held'
  } catch {
    debug('the date of the notice cannot be saved: it will be shown again')
    return 'recorded'
  }
}

/** Shows the notice if it is due and its mode allows it here. Never waits, never throws. */
export const showNotice = (options: NoticeOptions, debug: Debug): Notice => {
  const { mode, ci, terminal, files } = options
  if (shownBefore(options)) return 'sendable'
  if (mode === 'silent' || !(mode === 'anywhere' || ci || terminal)) return 'held'
  // In CI there is no later run: nothing needs to be kept.
  if (ci) return write(options) ? 'sendable' : 'held'
  return files ? showAndKeep({ ...options, files }, debug) : 'held'
}

/** Writes synchronously: the stream `process.stderr` may still buffer the text when the process ends. */
export const writeToStandardError = (text: string): void => {
  writeSync(2, escapeLines(fitStandardError(text)))
}
