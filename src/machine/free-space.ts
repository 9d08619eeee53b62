import { fs } from './node.ts'

/** Bytes that must be free. A run of one operation takes about 8 kB, and file systems allocate blocks of 4 kB. */
const neededBytes = 16_384

/** Whether the disk of a directory has room for what one run writes. */
export const hasRoom = (path: string): boolean => {
  try {
    const { blocks, bavail, bsize } = fs.statfsSync(path)
    // Some file systems report no size, or throw.
    return blocks === 0 || bavail * bsize >= neededBytes
  } catch {
    return true
  }
}
