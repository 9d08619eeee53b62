import { lstatSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crypto } from '../builtin.ts'
import { publish, removeFile, readSmallFile, replace } from './files.ts'

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

const spoolOf = (path: string): string => join(dirname(path), 'spool')
const crashesOf = (path: string): string => join(dirname(path), 'crashes')
/** What V8 has made of our file. */
export const compiledOf = (path: string): string => join(dirname(path), 'compiled')
/** The secret of the pseudonyms. */
export const secretOf = (path: string): string => join(dirname(path), 'secret')
const noticeOf = (path: string): string => join(dirname(path), 'notice')

/** None behind a link, where they may be somebody else's. */
const filesIn = (directory: string): string[] => {
  try {
    if (!lstatSync(directory).isDirectory()) return []
    return readdirSync(directory).map((name) => join(directory, name))
  } catch {
    return []
  }
}

/**
 * Keeps the choice, with a new generation. A no also removes what is spooled, how its delivery went, the counts of crashes,
 * what V8 compiled, the random ids and the secret of the pseudonyms; what a run that is still going writes afterwards has the old generation. Throws where it cannot be written.
 */
export const choose = (path: string, enabled: boolean, randomIds: readonly string[]): void => {
  replace(path, content(enabled))
  if (enabled) return
  for (const file of [
    ...filesIn(spoolOf(path)),
    ...filesIn(crashesOf(path)),
    ...filesIn(compiledOf(path)),
    join(dirname(path), 'delivery.json'),
    join(dirname(path), 'crashed'),
    secretOf(path),
    ...randomIds,
  ]) {
    // A directory of the id's name is the user's own word against an id: it stays.
    if (readSmallFile(file).kind !== 'directory') removeFile(file)
  }
}

/** When the notice was shown, as an ISO date; undefined if it never was. */
export const noticeDate = (path: string): string | undefined => {
  const read = readSmallFile(noticeOf(path))
  return read.kind === 'content' && /^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/.test(read.text) ? read.text.trim() : undefined
}

/** Keeps that the notice was shown, and drops what was recorded before. Throws where it cannot be written. */
export const keepNotice = (path: string, shown: Date): void => {
  replace(noticeOf(path), `${shown.toISOString()}\n`)
  for (const file of filesIn(spoolOf(path))) if (file.endsWith('.held')) removeFile(file)
}
