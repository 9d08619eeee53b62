import { fs } from './node.ts'

/** Bytes that must be free. A run of one operation takes about 8 kB, and file systems allocate blocks of 4 kB. */
const neededBytes = 16_384

/** Whether the disk of a directory has room for what one run writes. */
export const hasRoom = (path: string): boolean => {
  try {
    const { bavail, bsize } = fs.statfsSync(path)
    return bavail * bsize >= neededBytes
  } catch {
    // Some file systems do not report their free space.
    return true
  }
}
