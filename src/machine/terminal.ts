import { fs, tty } from './node.ts'
import { wrap } from './wrap.ts'

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

/** Breaks the lines between words for standard error, if it is a terminal that knows its width. */
export const fitStandardError = (text: string): string => {
  const columns = isTerminal(2) ? process.stderr.columns : 0
  if (!(columns > 0)) return text
  return text
    .split('\n')
    .flatMap((line) => wrap(line, columns))
    .join('\n')
}
