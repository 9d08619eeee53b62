import type { Layout, Paths } from '../machine/layout.ts'
import { crypto } from '../machine/node.ts'
import { readSmallFile } from '../machine/read-file.ts'
import { replace } from '../machine/write-file.ts'
import { removeRecorded, removeWaiting } from '../machine/own-files.ts'
import { publish } from '../machine/publish.ts'

/** What a yes covers: everything, crash reports alone, or everything except crash reports. */
export const levels = ['all', 'crashes', 'usage'] as const
export type Level = (typeof levels)[number]

/** The user's choice, as stored in the consent file. */
export type Choice =
  | { readonly kind: 'none' }
  /**
   * Each new choice gets a new random generation. Lines that were spooled under another generation are never sent.
   * `chosen` is true if the user has said yes. Otherwise the yes is the default, which is no answer for a tool that
   * asks.
   */
  | { readonly kind: 'enabled'; readonly generation: string; readonly level: Level; readonly chosen: boolean }
  | { readonly kind: 'disabled'; readonly generation: string }
  /** A yes in a file of another user. It is not this user's choice, so nothing is recorded. */
  | { readonly kind: 'foreign' }
  /** The file exists but is not valid. Consent fails closed: this counts as disabled. */
  | { readonly kind: 'unreadable' }

/** Matches only what `content` writes. Other JSON could contain `enabled` twice. */
const shape =
  /^\{"enabled":(true|false),"generation":"([0-9a-f]{16})"(,"chosen":true)?(?:,"only":"(crashes|usage)")?\}\n?$/

const parse = (text: string): Choice => {
  const [, enabled, generation, chosen, only] = shape.exec(text) ?? []
  if (generation === undefined) return { kind: 'unreadable' }
  return enabled === 'true'
    ? { kind: 'enabled', generation, level: (only as Level | undefined) ?? 'all', chosen: chosen !== undefined }
    : { kind: 'disabled', generation }
}

/** What may be recorded under a choice. Without a choice the default holds. */
export const levelOf = (choice: Choice): Level => (choice.kind === 'enabled' ? choice.level : 'all')

export const readChoice = (path: string | undefined): Choice => {
  if (path === undefined) return { kind: 'none' }
  const read = readSmallFile(path)
  if (read.kind === 'missing') return { kind: 'none' }
  if (read.kind !== 'content') return { kind: 'unreadable' }
  const choice = parse(read.text)
  if (choice.kind === 'enabled' && !read.own) return { kind: 'foreign' }
  // If another user may have written a yes, it does not count.
  return choice.kind === 'enabled' && !read.ours ? { kind: 'unreadable' } : choice
}

/** The choice for this user. In a home that is not their own, a no counts and a yes does not. */
export const choiceFor = ({ files, consent }: Pick<Paths, 'files' | 'consent'>): Choice => {
  const choice = readChoice(consent)
  return files === undefined && ['enabled', 'foreign'].includes(choice.kind) ? { kind: 'none' } : choice
}

/** The text of the consent file. `default` is a yes that the user has not chosen. */
const content = (to: Level | 'disabled' | 'default'): string => {
  const generation = crypto().randomBytes(8).toString('hex')
  const enabled = to !== 'disabled'
  const chosen = enabled && to !== 'default' ? { chosen: true } : {}
  const only = to === 'crashes' || to === 'usage' ? { only: to } : {}
  return `${JSON.stringify({ enabled, generation, ...chosen, ...only })}\n`
}

/** Whether the user has said yes. */
export const isYes = (choice: Choice): boolean => choice.kind === 'enabled' && choice.chosen

/** Whether a tool that asks has no answer yet. */
export const isUnanswered = (choice: Choice): boolean =>
  choice.kind === 'none' || (choice.kind === 'enabled' && !choice.chosen)

/**
 * Reads the choice; if there is none, writes `enabled` with a first generation. Throws if the file cannot be written.
 */
export const ensureChoice = (path: string): Choice => {
  const choice = readChoice(path)
  if (choice.kind !== 'none') return choice
  publish(path, content('default'))
  return readChoice(path)
}

/**
 * Deletes what waits to be sent. A yes is written again with a new generation, so that nothing that open runs still
 * record is sent. Returns the paths that could not be deleted. Throws if the choice cannot be written.
 */
export const discardRecorded = (files: Layout): string[] => {
  const choice = readChoice(files.consent)
  return choice.kind === 'enabled' ? saveChoice(files, choice.level, []) : removeWaiting(files)
}

/**
 * Writes the choice with a new generation, and deletes what was recorded under the last one: the spool, and the counts
 * of crashes and losses. Disabling also deletes everything that identifies the installation (the random ids and the
 * secret of the pseudonyms) and the delivery state. Returns the paths that could not be deleted. An open run still
 * writes lines of the old generation, which are never sent. Throws if the choice cannot be written.
 */
export const saveChoice = (files: Layout, to: Level | 'disabled', randomIds: readonly string[]): string[] => {
  replace(files.consent, content(to))
  return to === 'disabled' ? removeRecorded(files, randomIds) : removeWaiting(files)
}
