import { crypto, dirname, fs, relative, sep } from '../machine/node.ts'
import type { Debug } from '../machine/debug.ts'
import { readSmallFile } from '../machine/read-file.ts'
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

const isLink = (path: string): boolean => fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false

/** Whether the file, or a directory between the working directory and the file, is a symbolic link. */
const isBehindLink = (path: string): boolean => {
  try {
    const parts = relative(process.cwd(), dirname(path)).split(sep)
    const directories = parts[0] === '..' ? [] : parts.map((_, index) => parts.slice(0, index + 1).join(sep))
    return [...directories, path].some(isLink)
  } catch {
    // There is no working directory, or it cannot be read.
    return true
  }
}

/**
 * Leaves out the last path, in the working directory, if it is behind a link: in a cloned repository the link would
 * send another file that looks like an id. Links in the home are the user's own.
 */
const safePaths = (paths: readonly string[]): readonly string[] =>
  paths.filter((path, index) => index < paths.length - 1 || !isBehindLink(path))

/** Reads an id. A user may put a directory in place of the file, to have a new id in each run. That is not an error. */
const readId = (path: string, debug: Debug): Found => {
  const read = readSmallFile(path)
  if (read.kind === 'missing') return { kind: 'missing' }
  if (read.kind === 'content' && !read.own) {
    debug('the file of the random id belongs to another user: a new id for this run')
    return { kind: 'refused' }
  }
  if (read.kind === 'content') {
    const id = read.text.trim().toLowerCase()
    if (uuid.test(id)) return { kind: 'id', id }
  }
  if (read.kind !== 'directory') debug(notReadable)
  return { kind: 'refused' }
}

/** Finds the id of an earlier run; `refused` if the file exists but contains no id. Creates nothing. */
export const findRandomId = (paths: readonly string[], debug: Debug): RandomId | 'refused' | undefined => {
  for (const path of safePaths(paths)) {
    const found = readId(path, debug)
    if (found.kind === 'id') return { id: found.id, persisted: true }
    if (found.kind === 'refused') return found.kind
  }
  return undefined
}

/** All ids that earlier runs have left, each once: a run without a home may have made one in the working directory. */
export const idsIn = (paths: readonly string[]): readonly string[] => {
  const found = safePaths(paths).map((path) => readId(path, () => undefined))
  return [...new Set(found.flatMap((each) => (each.kind === 'id' ? [each.id] : [])))]
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
  // A dangling link, or another user's file, blocks the creation of the file, but reading finds no id.
  if (winner.kind === 'missing') debug(notReadable)
  return forThisRun()
}

/** Finds the id of an earlier run, or writes a new one to the first writable path. Never throws. */
export const randomId = (paths: readonly string[], debug: Debug): RandomId => {
  const found = findRandomId(paths, debug)
  if (found === 'refused') return forThisRun()
  if (found) return found
  for (const path of safePaths(paths)) {
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
