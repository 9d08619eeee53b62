import type { ReadStream, WriteStream } from 'node:tty'
import { childProcess, fs, tty } from './node.ts'

const { fstatSync, readFileSync } = fs

/** The terminal of this process, whatever its standard streams are. */
const ownTerminal = (onWindows: 'CONIN$' | 'CONOUT$'): string =>
  process.platform === 'win32' ? `\\\\.\\${onWindows}` : '/dev/tty'

/**
 * Closes a terminal that was opened by its own descriptor. Not by `stream.destroy()`: Node compares the stream with `process.stderr`
 * there (lib/net.js), whose first use adds a listener for SIGWINCH to the host's process and replaces descriptor 2.
 */
const closeTerminal = (stream: ReadStream | WriteStream, descriptor: number): void => {
  const { _handle: handle } = stream as unknown as { _handle?: { close: () => void } | null }
  if (handle) handle.close()
  else stream.destroy()
  try {
    fs.closeSync(descriptor)
  } catch {
    // Where libuv cannot open the terminal a second time, it has closed this descriptor.
  }
}

/** Whether a descriptor is a terminal. Files and pipes are ruled out first, because loading `tty` takes 2 ms. */
export const isTerminal = (descriptor: 0 | 1 | 2): boolean => {
  try {
    return fstatSync(descriptor).isCharacterDevice() && tty().isatty(descriptor)
  } catch {
    // The descriptor is closed.
    return false
  }
}

/** The columns of the terminal; 0 where it does not say. */
const terminalColumns = (): number => {
  try {
    const descriptor = fs.openSync(ownTerminal('CONOUT$'), 'r+')
    const stream = new (tty().WriteStream)(descriptor)
    closeTerminal(stream, descriptor)
    return stream.columns
  } catch {
    // The process has standard streams that are terminals, and none of its own.
    return 0
  }
}

/**
 * Breaks lines between words for standard error, if it is a terminal that knows its width. Not by
 * `process.stderr`, for the reason above.
 */
export const fitStandardError = (text: string): string => {
  const columns = isTerminal(2) ? terminalColumns() : 0
  // `machine/wrap.ts` does more, and is not in what every command loads.
  return columns > 0 ? text.replaceAll(new RegExp(`(?=.{${columns + 1}})(.{1,${columns}}) `, 'g'), '$1\n') : text
}

/**
 * Whether this process may read its terminal. The system stops a background process (`mytool &`) that tries. If this
 * cannot be known, the process counts as one in the foreground.
 */
export const isInForeground = (): boolean => {
  if (process.platform === 'win32') return true
  try {
    if (process.platform !== 'linux') {
      const args = ['-o', 'stat=', '-p', String(process.pid)]
      return childProcess().spawnSync('/bin/ps', args, { encoding: 'utf8', timeout: 1_000 }).stdout.includes('+')
    }
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // The program's name may contain spaces and parentheses.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    return false
  }
}

/**
 * Whether the host is reading its terminal. The handles are undocumented, but using `process.stdin` would change the
 * descriptor (see `readLine`). Without them, the host's reader and ours take turns.
 */
export const isTerminalRead = (): boolean => {
  const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => unknown[] }
  const { ReadStream } = tty()
  return (handles?.() ?? []).some(
    (each) =>
      each instanceof ReadStream &&
      (each as unknown as { fd?: number }).fd === 0 &&
      (each.isRaw || each.readableFlowing === true || each.listenerCount('readable') > 0),
  )
}

/**
 * Calls `ready` once the terminal is open, then reads one line from it: up to and with its end, or less where the input ends, or ''
 * where `withinMs` milliseconds are over; undefined after Ctrl-C in a process that goes on then. Rejects if there is no terminal,
 * and with what `ready` throws.
 *
 * `process.stdin` is not used: its first use makes descriptor 0 non-blocking, so that later synchronous reads of the
 * host fail with EAGAIN, and children inherit this (nodejs/node#42826). A descriptor of our own leaves the host's
 * unchanged. The terminal stays in line mode, so Ctrl-C is a signal to the host as usual. Input that is typed ahead
 * also stays in the terminal: one read returns one line.
 */
export const readLine = async (withinMs: number, ready: () => void): Promise<string | undefined> => {
  const descriptor = fs.openSync(ownTerminal('CONIN$'), 'r')
  const stream = new (tty().ReadStream)(descriptor)
  let interrupted = (): void => undefined
  let timer: NodeJS.Timeout | undefined
  const ended = new Promise<string | undefined>((resolve, reject) => {
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk) => {
      text += String(chunk)
      // Ctrl-C and Ctrl-D come as characters where another program has put the terminal into raw mode.
      if (text.includes('\u0003')) resolve(undefined)
      if (['\r', '\n', '\u0004'].some((end) => text.includes(end))) resolve(text)
    })
    stream.on('end', () => resolve(text))
    stream.on('error', reject)
    timer = setTimeout(() => resolve(''), withinMs)
    interrupted = () => resolve(undefined)
    // A first listener would keep the process alive. Beside the host's own, it changes nothing.
    if (process.listenerCount('SIGINT') > 0) process.on('SIGINT', interrupted)
  })
  // If `ready` throws, this promise is not awaited, and its rejection would end the host.
  ended.catch(() => undefined)
  try {
    ready()
    return await ended
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupted)
    closeTerminal(stream, descriptor)
  }
}
