import { fs, tty } from './node.ts'

const { fstatSync } = fs

/** Whether a descriptor is a terminal. Asking its stream, or `tty`, takes 2 ms, so a file and a pipe are told apart before. */
export const isTerminal = (descriptor: 1 | 2): boolean => {
  try {
    return fstatSync(descriptor).isCharacterDevice() && tty().isatty(descriptor)
  } catch {
    // It is closed.
    return false
  }
}
