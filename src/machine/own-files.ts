import { isOwn } from './file-owner.ts'
import { removeFile } from './write-file.ts'
import { countedName, type Layout } from './layout.ts'
import { basename, dirname, fs, join } from './node.ts'

const { lstatSync, readdirSync } = fs

/**
 * Deletes the files that this package has written: regular files with its names, in directories of this user. Nothing
 * behind a symbolic link is deleted, since a link may lead anywhere.
 */

const temporary = /\.[0-9a-f]{12}\.tmp$/
/** The beginning of the names of all spool files: the generation of the consent, and the id of the run. */
const spoolName = /^[0-9a-f]{16}\.[0-9a-z]{19}\./
const crashName = /^\d{4}-\d\d-\d\d\.[0-9a-f]{40,64}(?:\.\d)?$/
/** A name of `spool/lost.ts`. */
const lostName = /^[0-9a-f]{16}\.[a-z]+(?:\+[a-z]+)*$/
/** A name of `spool/interval-files.ts`. */
const intervalName = /^(?:runs|operation-[0-9a-f]*|[0-9a-f]{12}\.tmp)$/
/** A job file loses its name before its child runs. After a kill in between, the file stays, and it contains the keys. */
const jobName = /^job-[0-9a-f]{12}$/

/** Whether there is a directory of this user, or nothing. */
const isOwnPlace = (path: string): boolean => {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return stats === undefined || (stats.isDirectory() && isOwn(stats))
  } catch {
    return false
  }
}

/** Whether no file of ours is left under this name. A user may put a directory in place of a file to refuse it. */
const isGone = (path: string): boolean => {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isFile()) removeFile(path)
    return stats === undefined || stats.isFile() || stats.isDirectory()
  } catch {
    return false
  }
}

const namesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/**
 * Deletes the files with such names in the last of the directories, each of which contains the next. Returns the paths
 * that are left: a directory that is a link or belongs to another user, or entries that are no regular files.
 */
const removeIn = (directories: readonly string[], isOurs: (name: string) => boolean): string[] => {
  const foreign = directories.find((directory) => !isOwnPlace(directory))
  if (foreign !== undefined) return [foreign]
  const directory = directories.at(-1) ?? ''
  return namesIn(directory)
    .filter(isOurs)
    .map((name) => join(directory, name))
    .filter((path) => !isGone(path))
}

/** Whether a name is one of these files, or an incomplete copy after a kill. */
const isOneOf =
  (paths: readonly string[]) =>
  (name: string): boolean =>
    paths.some((path) => name === basename(path) || name.replace(temporary, '') === basename(path))

const removeIntervals = ({ directory, intervals }: Layout): string[] =>
  removeIn([dirname(directory), directory, intervals], (name) => intervalName.test(name))

/**
 * Deletes the random ids, the secret of the pseudonyms, and the periods in which this installation was counted, so that the
 * next run is recorded as the first of another installation. Returns the paths that are left.
 */
export const removeIdentity = (files: Layout, randomIds: readonly string[]): string[] => {
  const { directory, secret, counted } = files
  return [
    ...removeIn([dirname(directory), directory], isOneOf([secret])),
    ...removeIn([dirname(directory), directory, counted], (name) => countedName.test(name)),
    ...removeIntervals(files),
    ...randomIds.flatMap((path) => removeIn([dirname(path)], isOneOf([path]))),
  ]
}

/** Deletes what waits to be sent, and the counts that belong to it. Returns the paths that are left. */
export const removeWaiting = (files: Layout): string[] => {
  const { directory, spool, crashes, lost, crashNote } = files
  const above = [dirname(directory), directory]
  return [
    ...removeIn([...above, spool], (name) => spoolName.test(name)),
    ...removeIn([...above, crashes], (name) => crashName.test(name)),
    ...removeIn([...above, lost], (name) => lostName.test(name)),
    ...removeIntervals(files),
    ...removeIn(above, isOneOf([crashNote])),
  ]
}

/**
 * Deletes everything that was recorded and everything that identifies the installation. Returns the paths that are
 * left.
 */
export const removeRecorded = (files: Layout, randomIds: readonly string[]): string[] => {
  const { directory, deliveryState, lastStart, waitedInVain, drainLock, controls } = files
  const above = [dirname(directory), directory]
  const isSingle = isOneOf([deliveryState, lastStart, waitedInVain, drainLock, controls])
  return [
    ...new Set([
      ...removeWaiting(files),
      ...removeIn(above, (name) => jobName.test(name) || isSingle(name)),
      ...removeIdentity(files, randomIds),
    ]),
  ]
}
