import type { Layout, Paths } from '../machine/layout.ts'
import { crypto } from '../machine/node.ts'
import { readSmallFile } from '../machine/read-file.ts'
import { replace } from '../machine/write-file.ts'
import { removeRecorded, removeWaiting } from '../machine/own-files.ts'
import { publish } from '../machine/publish.ts'

/** What a yes is for: everything, crash reports alone, or everything but crash reports. */
export const levels = ['all', 'crashes', 'usage'] as const
export type Level = (typeof levels)[number]

/** The user's choice, as the consent file holds it. */
export type Choice =
  | { readonly kind: 'none' }
  /**
   * Each new choice gets a new random generation. Lines that were spooled under another generation are never sent. `chosen`: the
   * user has said yes; else it is the default, which a tool that asks does not take for an answer.
   */
  | { readonly kind: 'enabled'; readonly generation: string; readonly level: Level; readonly chosen: boolean }
  | { readonly kind: 'disabled'; readonly generation: string }
  /** A yes in a file of another user. It is not this user's, so nothing is recorded under it. */
  | { readonly kind: 'foreign' }
  /** The file exists but is not valid. Consent fails closed: this counts as disabled. */
  | { readonly kind: 'unreadable' }

/** What `content` writes, and nothing else: in any other JSON `enabled` could be there twice. */
const shape =
  /^\{"enabled":(true|false),"generation":"([0-9a-f]{16})"(,"chosen":true)?(?:,"only":"(crashes|usage)")?\}\n?$/

const parse = (text: string): Choice => {
  const [, enabled, generation, chosen, only] = shape.exec(text) ?? []
  if (generation === undefined) return { kind: 'unreadable' }
  return enabled === 'true'
    ? { kind: 'enabled', generation, level: (only as Level | undefined) ?? 'all', chosen: chosen !== undefined }
    : { kind: 'disabled', generation }
}

/** What may be recorded under a choice. Without one the default holds. */
export const levelOf = (choice: Choice): Level => (choice.kind === 'enabled' ? choice.level : 'all')

export const readChoice = (path: string | undefined): Choice => {
  if (path === undefined) return { kind: 'none' }
  const read = readSmallFile(path)
  if (read.kind === 'missing') return { kind: 'none' }
  if (read.kind !== 'content') return { kind: 'unreadable' }
  const choice = parse(read.text)
  if (choice.kind === 'enabled' && !read.own) return { kind: 'foreign' }
  // A yes that somebody else may have written is none.
  return choice.kind === 'enabled' && !read.ours ? { kind: 'unreadable' } : choice
}

/** The choice for this user: in a home that is not their own a no counts, and a yes does not. */
export const choiceFor = ({ files, consent }: Pick<Paths, 'files' | 'consent'>): Choice => {
  const choice = readChoice(consent)
  return files === undefined && ['enabled', 'foreign'].includes(choice.kind) ? { kind: 'none' } : choice
}

/** `default`: a yes that nobody has said. */
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

/** Reads the choice; if there is none, writes `enabled` with a first generation. Throws if the file cannot be written. */
export const ensureChoice = (path: string): Choice => {
  const choice = readChoice(path)
  if (choice.kind !== 'none') return choice
  publish(path, content('default'))
  return readChoice(path)
}

/**
 * Deletes what waits to be sent, and sees to it that what runs in progress still record is never sent: a yes is written again,
 * with a new generation. Returns the paths of what is left. Throws if the choice cannot be written.
 */
export const discardRecorded = (files: Layout): string[] => {
  const choice = readChoice(files.consent)
  return choice.kind === 'enabled' ? saveChoice(files, choice.level, []) : removeWaiting(files)
}

/**
 * Writes the choice with a new generation, and deletes what was recorded under the last one: the spool, and the counts of crashes
 * and losses. Disabling also deletes everything that identifies, the random ids and the secret of the pseudonyms, and the delivery
 * state. Returns the paths of what is left of that. A run that is still going writes lines of the old generation, which are
 * never sent. Throws if the choice cannot be written.
 */
export const saveChoice = (files: Layout, to: Level | 'disabled', randomIds: readonly string[]): string[] => {
  replace(files.consent, content(to))
  return to === 'disabled' ? removeRecorded(files, randomIds) : removeWaiting(files)
}
