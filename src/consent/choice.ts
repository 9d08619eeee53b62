import type { Layout } from '../machine/layout.ts'
import { crypto } from '../machine/node.ts'
import { filesIn, publish, removeFile, readSmallFile, replace } from '../machine/files.ts'

/** The user's persisted choice. */
export type Choice =
  | { readonly kind: 'none' }
  /** What was recorded under another generation was recorded under another choice, and is never sent. */
  | { readonly kind: 'enabled' | 'disabled'; readonly generation: string }
  /** There is a file and nobody knows what it says: it counts as no. */
  | { readonly kind: 'unreadable' }

const parse = (text: string): Choice => {
  try {
    const { enabled, generation } = JSON.parse(text) as { enabled?: unknown; generation?: unknown }
    if (typeof enabled !== 'boolean' || typeof generation !== 'string' || !/^[0-9a-f]{16}$/.test(generation)) {
      return { kind: 'unreadable' }
    }
    return { kind: enabled ? 'enabled' : 'disabled', generation }
  } catch {
    return { kind: 'unreadable' }
  }
}

export const readChoice = (path: string | undefined): Choice => {
  if (path === undefined) return { kind: 'none' }
  const read = readSmallFile(path)
  if (read.kind === 'missing') return { kind: 'none' }
  return read.kind === 'content' ? parse(read.text) : { kind: 'unreadable' }
}

const content = (enabled: boolean): string =>
  `${JSON.stringify({ enabled, generation: crypto().randomBytes(8).toString('hex') })}\n`

/** The choice that holds, with a generation: made by default if there was none. Throws where it cannot be written. */
export const establish = (path: string): Choice => {
  const choice = readChoice(path)
  if (choice.kind !== 'none') return choice
  publish(path, content(true))
  return readChoice(path)
}

/**
 * Keeps the choice, with a new generation. A no also deletes all that was recorded and all that identifies: the spool, the
 * state of its delivery, the counts of crashes, the random ids and the secret of the pseudonyms. What a run that is still
 * going writes afterwards has the old generation, and is never sent. Throws where the choice cannot be written.
 */
export const choose = (files: Layout, enabled: boolean, randomIds: readonly string[]): void => {
  replace(files.consent, content(enabled))
  if (enabled) return
  for (const file of [
    ...filesIn(files.spool),
    ...filesIn(files.crashes),
    files.deliveryState,
    files.crashNote,
    files.secret,
    ...randomIds,
  ]) {
    // A directory in the place of the id file is the user's own way of refusing an id, so it stays.
    if (readSmallFile(file).kind !== 'directory') removeFile(file)
  }
}
