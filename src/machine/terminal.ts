import { fs, tty } from './node.ts'

const { fstatSync } = fs

/** Whether a descriptor is a terminal. Files and pipes are ruled out first, because loading `tty` takes 2 ms. */
export const isTerminal = (descriptor: 1 | 2): boolean => {
  try {
    return fstatSync(descriptor).isCharacterDevice() && tty().isatty(descriptor)
  } catch {
    // The descriptor is closed.
    return false
  }
}
