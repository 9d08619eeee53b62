import { filesIn, removeFile } from '../machine/files.ts'
import { basename } from '../machine/node.ts'
import { parseName, timeOf } from './name.ts'

/**
 * Runs that are kept for the user to see while the notice has not been shown. They are never sent, so more of them are of no
 * use; without a terminal, in a cron job for instance, no child ever removes any.
 */
export const maxHeldFiles = 10

/** Removes the oldest held files, so that one more can be added. Never throws. */
export const makeRoomForHeld = (spool: string): void => {
  const held = filesIn(spool)
    .flatMap((path) => {
      const name = parseName(basename(path))
      return name?.state === 'held' ? [{ path, time: timeOf(name) }] : []
    })
    .sort((one, other) => one.time - other.time)
  for (const { path } of held.slice(0, Math.max(0, held.length - maxHeldFiles + 1))) {
    try {
      removeFile(path)
    } catch {
      // Another run removes it at the same time, or it stays.
    }
  }
}
