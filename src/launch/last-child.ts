import { isZombie } from '../machine/container.ts'
import { readSmallFile, replace } from '../machine/files.ts'

/** Keeps the process id of a child that was started in the background. Never throws. */
export const keepChild = (lastChild: string, pid: number): void => {
  try {
    replace(lastChild, `${pid}\n`)
  } catch {
    // The next command does not see whether it is a zombie, and starts another one in the background.
  }
}

/**
 * Whether the last child has ended and is in the list of processes still: whoever becomes the parent of processes whose
 * parent has ended, often process 1 of a container, does not ask for their exit codes. More of them would fill that list.
 */
export const leavesZombies = (lastChild: string): boolean => {
  const read = readSmallFile(lastChild)
  const pid = read.kind === 'content' ? Number(read.text) : 0
  return Number.isSafeInteger(pid) && pid > 0 && isZombie(pid)
}
