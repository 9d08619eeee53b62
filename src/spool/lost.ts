import { filesIn, makeDirectory } from '../machine/directory.ts'
import { statOf } from '../machine/read-file.ts'
import { removeFile } from '../machine/write-file.ts'
import { basename, fs, join } from '../machine/node.ts'
import { type DestinationName, destinationNames } from './name.ts'

const { appendFileSync } = fs

/**
 * Counts the events that commands had to drop from the spool, until a child reports them. Each count is a file with one
 * byte for each event, so that several commands can add to it at once. Its name is `<generation>.<destinations>`.
 */

const fileName = /^([0-9a-f]{16})\.([a-z]+(?:\+[a-z]+)*)$/

/** Adds lost events. Throws if the file cannot be written. */
export const addLost = (
  directory: string,
  generation: string,
  destinations: readonly DestinationName[],
  events: number,
): void => {
  makeDirectory(directory)
  appendFileSync(join(directory, `${generation}.${destinations.join('+')}`), '.'.repeat(events), { mode: 0o600 })
}

export interface Lost {
  readonly destinations: readonly DestinationName[]
  readonly events: number
  /** Call it when they have been reported. */
  readonly remove: () => void
}

/** The events that were lost under this choice of the user. Counts of an earlier choice are removed. */
export const readLost = (directory: string, generation: string): Lost[] =>
  filesIn(directory).flatMap((path) => {
    const [, of, list = ''] = fileName.exec(basename(path)) ?? []
    const destinations = destinationNames.filter((each) => list.split('+').includes(each))
    if (of === undefined || destinations.length === 0) return []
    const remove = () => removeFile(path)
    if (of === generation) return [{ destinations, events: statOf(path)?.size ?? 0, remove }]
    remove()
    return []
  })
