import type { Stats } from 'node:fs'

const ownUid = (): number | undefined => process.geteuid?.()

/**
 * Whether a file or directory belongs to the user who runs this process. Always true on Windows, which has no such ids.
 */
export const isOwn = ({ uid }: Stats): boolean => {
  const own = ownUid()
  return own === undefined || uid === own
}

/** Whether it belongs to this user, and no other user can write to it. Windows has no such permission bits. */
export const isOurs = (stats: Stats): boolean => isOwn(stats) && (ownUid() === undefined || (stats.mode & 0o022) === 0)
