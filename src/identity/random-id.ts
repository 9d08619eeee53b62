import { crypto } from '../machine/node.ts'
import type { Debug } from '../machine/debug.ts'
import { readSmallFile } from '../machine/files.ts'
import { publish } from '../machine/publish.ts'

/** The random id of an installation. */
export interface RandomId {
  readonly id: string
  /** True only if the id was read from a file that existed before this run. */
  readonly persisted: boolean
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const forThisRun = (): RandomId => ({ id: crypto().randomUUID(), persisted: false })

type Found = { readonly kind: 'id'; readonly id: string } | { readonly kind: 'missing' } | { readonly kind: 'refused' }

const notReadable = 'the file of the random id is not readable as one: a new id for this run'

/** A user may put a directory where the file would be, to have a new id in each run. That is not an error. */
const readId = (path: string, debug: Debug): Found => {
  const read = readSmallFile(path)
  if (read.kind === 'missing') return { kind: 'missing' }
  if (read.kind === 'content' && !read.own) {
    debug('the file of the random id belongs to another user, and is not used')
    return { kind: 'missing' }
  }
  if (read.kind === 'content') {
    const id = read.text.trim().toLowerCase()
    if (uuid.test(id)) return { kind: 'id', id }
  }
  if (read.kind !== 'directory') debug(notReadable)
  return { kind: 'refused' }
}

/** Finds the id of an earlier run; `refused` if a file is there but holds no id. Creates nothing. */
export const findRandomId = (paths: readonly string[], debug: Debug): RandomId | 'refused' | undefined => {
  for (const path of paths) {
    const found = readId(path, debug)
    if (found.kind === 'id') return { id: found.id, persisted: true }
    if (found.kind === 'refused') return found.kind
  }
  return undefined
}

/** If several first runs start at once, all of them use the id of the one that published first. */
const createAt = (path: string, debug: Debug): RandomId | undefined => {
  const id = crypto().randomUUID()
  try {
    if (publish(path, `${id}\n`)) return { id, persisted: false }
  } catch {
    return undefined
  }
  const winner = readId(path, debug)
  if (winner.kind === 'id') return { id: winner.id, persisted: false }
  // A dangling link, or another user's file: it blocks the creation of a file, but reading it finds none.
  if (winner.kind === 'missing') debug(notReadable)
  return forThisRun()
}

/** Finds the id of an earlier run, or writes a new one to the first path that is writable. Never throws. */
export const randomId = (paths: readonly string[], debug: Debug): RandomId => {
  const found = findRandomId(paths, debug)
  if (found === 'refused') return forThisRun()
  if (found) return found
  for (const path of paths) {
    const created = createAt(path, debug)
    if (created) return created
  }
  debug('the random id cannot be written anywhere: a new id for this run')
  return forThisRun()
}

/** Whether the id of this installation begins with one of the prefixes. Creates nothing. */
export const hasIdWithPrefix = (prefixes: readonly string[], paths: readonly string[], debug: Debug): boolean => {
  if (prefixes.length === 0) return false
  const found = findRandomId(paths, debug)
  return typeof found === 'object' && prefixes.some((prefix) => found.id.startsWith(prefix.toLowerCase()))
}
