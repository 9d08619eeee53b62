import { renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesIn, makeOwnDirectory } from '../machine/directory.ts'
import { append, removeFile } from '../machine/write-file.ts'
import { type DestinationName, destinationNames } from '../spool/name.ts'

/**
 * The requests of `--forget` that are not taken by every server yet, so that the command can be run again. Each is an empty
 * file: its name is the id, the destinations that have taken the request, and with `no-` those that have not. A later command may
 * know others: the tool's own, those of `--otlp-endpoint`, or that of an organisation.
 */

/** A request that some server has not accepted yet. */
export interface Request {
  readonly id: string
  readonly taken: readonly DestinationName[]
  /** None where no server was known. */
  readonly lacking: readonly DestinationName[]
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
export const fileName = new RegExp(String.raw`^(${uuid})((?:\.(?:no-)?(?:${destinationNames.join('|')}))*)$`)
const nameOf = ({ id, taken, lacking }: Request): string =>
  [id, ...taken, ...lacking.map((name) => `no-${name}`)].join('.')

/** The requests that wait in this directory. Never throws. */
export const requestsIn = (directory: string): Request[] =>
  filesIn(directory).flatMap((path) => {
    const [, id, rest = ''] = fileName.exec(basename(path)) ?? []
    const parts = rest.split('.')
    const taken = destinationNames.filter((name) => parts.includes(name))
    const lacking = destinationNames.filter((name) => parts.includes(`no-${name}`))
    return id === undefined ? [] : [{ id, taken, lacking }]
  })

/** The ids of the requests that wait. Never throws. */
export const idsToForget = (directory: string): string[] => requestsIn(directory).map(({ id }) => id)

/** Stores a request. Throws if it cannot be written. */
export const keepRequest = (directory: string, id: string): void => {
  if (idsToForget(directory).includes(id)) return
  makeOwnDirectory(directory)
  append(join(directory, id), '')
}

/** Notes which servers have taken a request; undefined if all have. Where that fails, it is only sent again. */
export const noteTaken = (directory: string, before: Request, after: Request | undefined): void => {
  const path = join(directory, nameOf(before))
  try {
    if (after) renameSync(path, join(directory, nameOf(after)))
    else removeFile(path)
  } catch {
    // Another process was faster, or the disk cannot be written.
  }
}
