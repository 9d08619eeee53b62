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

/** Breaks lines between words for standard error, if it is a terminal that knows its width. */
export const fitStandardError = (text: string): string => {
  const columns = isTerminal(2) ? process.stderr.columns : 0
  // `machine/wrap.ts` does more, and is not in what every command loads.
  return columns > 0 ? text.replaceAll(new RegExp(`(?=.{${columns + 1}})(.{1,${columns}}) `, 'g'), '$1\n') : text
}
