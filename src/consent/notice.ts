import type { Debug } from '../machine/debug.ts'
import { filesIn } from '../machine/directory.ts'
import { readBytes } from '../machine/read-file.ts'
import { moveTemporary, removeFile, replace, writeTemporary } from '../machine/write-file.ts'
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
  /** What this run may collect, one term per line. Without terms any earlier notice counts, whatever it covered. */
  readonly terms?: readonly string[]
  /** Whether a new term of this kind alone is no reason to show the notice. */
  readonly isSilent?: (term: string) => boolean
  readonly now: () => Date
  readonly write: (text: string) => void
}

/**
 * `sendable`: the notice was shown in an earlier run, or in this one in CI, where there is no later run.
 * `recorded`: the notice is shown in this run. A later run sends the data, so that the user has time to opt out.
 * `held`: the notice has not been shown. The data of this run is never sent.
 */
export type Notice = 'sendable' | 'recorded' | 'held'

/** The most terms that the notice names; it says how many more there are. */
const maxNamed = 5

/** As a user reads it: an attribute of the tool that is new as a whole is named once. */
const readable = (fresh: readonly string[]): string[] =>
  fresh.flatMap((term) => {
    const [, attribute, part, value] = /^(attribute \S+) (kind|members|bounds) (.+)/.exec(term) ?? []
    if (part === 'kind') return [String(attribute)]
    if (attribute === undefined) return [term.replace(/^asks /, 'controls from ')]
    return fresh.some((each) => each.startsWith(`${attribute} kind `)) ? [] : [`${attribute} ${value}`]
  })

const newText = (terms: readonly string[]): string => {
  const fresh = readable(terms)
  if (fresh.length === 0) return ''
  const more = fresh.length > maxNamed ? `, and ${fresh.length - maxNamed} more` : ''
  return `New since you last saw this: ${escapeControls(fresh.slice(0, maxNamed).join(', '))}${more}.\n`
}

const noticeText = ({ docsUrl, endpoints }: NoticeOptions, fresh: readonly string[]): string => {
  const docs = docsUrl === undefined ? '' : `, or check docs at ${escapeControls(docsUrl)}`
  const to = endpoints.length === 0 ? '' : ` Data goes to ${endpoints.join(' and ')}.`
  return `Anonymous telemetry collection and crash reporting enabled. Run with --no-telemetry to disable${docs}.${to}\n${newText(fresh)}`
}

/** The last notice, and all terms that the user has ever seen. A term that was removed and comes back is not new. */
interface Seen {
  readonly date: string
  readonly terms: readonly string[]
}

/** The most terms that are kept. A host cannot have more at once. */
const maxTerms = 10_000
const maxBytes = 2_000_000

/** The last notice; undefined if there was none, or if the file belongs to another user. */
const seenIn = ({ notice }: Layout): Seen | undefined => {
  const read = readBytes(notice, maxBytes, 'anyone', false)
  const text = read.kind === 'content' && read.own ? read.bytes.toString('utf8') : ''
  if (!text.endsWith('\n')) return undefined
  const [date = '', ...terms] = text.slice(0, -1).split('\n')
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(date) ? { date, terms } : undefined
}

/** ISO date on which the notice was shown. */
export const noticeDate = (files: Layout): string | undefined => seenIn(files)?.date

const contentOf = (date: string, terms: readonly string[]): string =>
  `${[date, ...[...new Set(terms)].slice(0, maxTerms)].join('\n')}\n`

/**
 * The terms that the user has not seen. A file with a date alone acknowledges all: an administrator or
 * `cq-telemetry/testing` writes it for the user.
 */
const notIn = ({ terms: seen }: Seen, terms: readonly string[]): readonly string[] => {
  const known = new Set(seen)
  // Where a function decided, any name was allowed (`contract/terms.ts`).
  const isKnown = (term: string) => known.has(term) || known.has(term.replace(/^(public \S+).*/, '$1 (by a function)'))
  return seen.length === 0 ? [] : terms.filter((term) => !isKnown(term))
}

/**
 * The most files that are deleted while the user waits. If an older version has left thousands, later runs delete the
 * rest.
 */
const maxDeleted = 20

/**
 * Prepares the file that says when the notice was shown, and with which terms. Returns a function that moves the file
 * to its place and deletes what was recorded before. If the file cannot be written, throws and removes an older one.
 */
const prepareNoticeDate = ({ notice, spool }: Layout, content: string): { keep: () => void; drop: () => void } => {
  removeFile(notice)
  const temporary = writeTemporary(notice, content)
  return {
    keep: () => {
      moveTemporary(temporary, notice)
      const held = filesIn(spool).filter((file) => file.endsWith('.held'))
      for (const file of held.slice(0, maxDeleted)) removeFile(file)
    },
    drop: () => removeFile(temporary),
  }
}

/**
 * Stores when the notice was shown, whatever is collected, and deletes what was recorded before. Throws if the file
 * cannot be written.
 */
export const saveNoticeDate = (files: Layout, shown: Date, terms: readonly string[] = []): void =>
  prepareNoticeDate(files, contentOf(shown.toISOString(), terms)).keep()

/** Whether an earlier run showed the notice, and the options have allowed nothing new since. */
export const shownBefore = (files: Layout | undefined, terms: readonly string[]): boolean => {
  const seen = files && seenIn(files)
  return seen !== undefined && notIn(seen, terms).length === 0
}

const write = (options: NoticeOptions, fresh: readonly string[]): boolean => {
  try {
    options.write(noticeText(options, fresh))
    return true
  } catch {
    return false
  }
}

/** Shows the notice if that can be stored. Otherwise it would be shown in each run, and nothing would ever be sent. */
const showAndKeep = (
  options: NoticeOptions & { readonly files: Layout },
  terms: readonly string[],
  fresh: readonly string[],
  debug: Debug,
): Notice => {
  let prepared
  try {
    prepared = prepareNoticeDate(options.files, contentOf(options.now().toISOString(), terms))
  } catch {
    debug('the notice is not shown, because its date cannot be saved: nothing is sent')
    return 'held'
  }
  try {
    const shown = write(options, fresh)
    prepared[shown ? 'keep' : 'drop']()
    return shown ? 'recorded' : 'held'
  } catch {
    debug('the date of the notice cannot be saved: it will be shown again')
    return 'recorded'
  }
}

/** Stores the terms, so that the next run finds nothing new and does not load the table of attributes. */
const keepTerms = (files: Layout, { date }: Seen, terms: readonly string[], debug: Debug): void => {
  try {
    replace(files.notice, contentOf(date, terms))
  } catch {
    debug('the list of what is collected cannot be kept: the next run compares it again')
  }
}

/** Shows the notice if it is due and its mode allows it here. Never waits and never throws. */
export const showNotice = (options: NoticeOptions, debug: Debug): Notice => {
  const { mode, ci, terminal, files, terms = [], isSilent = () => false } = options
  const seen = files && seenIn(files)
  const added = seen ? notIn(seen, terms) : []
  const fresh = added.filter((term) => !isSilent(term))
  const all = [...terms, ...(seen?.terms ?? [])]
  if (files && seen && fresh.length === 0) {
    if (added.length > 0) keepTerms(files, seen, all, debug)
    return 'sendable'
  }
  if (mode === 'silent' || !(mode === 'anywhere' || ci || terminal)) return 'held'
  // In CI there is no later run, so nothing is stored.
  if (ci) return write(options, fresh) ? 'sendable' : 'held'
  return files ? showAndKeep({ ...options, files }, all, fresh, debug) : 'held'
}

/** Writes synchronously: the stream `process.stderr` may still buffer the text when the process ends. */
export const writeToStandardError = (text: string): void => {
  writeSync(2, escapeLines(fitStandardError(text)))
}
