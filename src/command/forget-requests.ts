import { renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { append, filesIn, makeOwnDirectory, removeFile } from '../machine/files.ts'
import { type DestinationName, destinationNames } from '../spool/name.ts'

/**
 * The requests of `--forget` that are not taken by every server yet, so that the command can be run again. Each is an empty
 * file: its name is the id, and the destinations that have taken the request.
 */

/** A request that is not taken by all yet. */
export interface Request {
  readonly id: string
  readonly taken: readonly DestinationName[]
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
export const fileName = new RegExp(String.raw`^(${uuid})((?:\.(?:${destinationNames.join('|')}))*)$`)
const nameOf = ({ id, taken }: Request): string => [id, ...taken].join('.')

/** The requests that wait in this directory. Never throws. */
export const requestsIn = (directory: string): Request[] =>
  filesIn(directory).flatMap((path) => {
    const [, id, taken = ''] = fileName.exec(basename(path)) ?? []
    return id === undefined ? [] : [{ id, taken: taken.split('.').slice(1) as DestinationName[] }]
  })

/** The ids of the requests that wait. Never throws. */
export const idsToForget = (directory: string): string[] => requestsIn(directory).map(({ id }) => id)

/** Throws if it cannot be written. */
export const keepRequest = (directory: string, id: string): void => {
  if (idsToForget(directory).includes(id)) return
  makeOwnDirectory(directory)
  append(join(directory, id), '')
}

/** Notes which servers have taken a request. Where that fails, it is only sent again. */
export const noteTaken = (
  directory: string,
  { id, taken }: Request,
  took: readonly DestinationName[],
  done: boolean,
): void => {
  const before = join(directory, nameOf({ id, taken }))
  try {
    if (done) removeFile(before)
    else renameSync(before, join(directory, nameOf({ id, taken: [...new Set([...taken, ...took])] })))
  } catch {
    // Another process was first, or the disk cannot be written.
  }
}
