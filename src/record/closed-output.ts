/**
 * Whether the reader of our output has closed it, as in `mytool | head`. Node does not say which stream an error comes
 * from, and a write to a server fails with the same code, so the state of the standard streams is read.
 */

/** Codes of a write to a pipe, a socket or a terminal whose other end is closed. */
const writeCodes: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'EIO']
/** Codes of later calls on such a stream. */
const laterCodes: readonly unknown[] = ['ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']

interface Internals {
  readonly _writableState?: { readonly errorEmitted?: boolean }
}

/** Reads the one flag that stays set after an error: a standard stream opens again (Node 20 to 26). */
const hasFailed = (stream: unknown): boolean => (stream as Internals)._writableState?.errorEmitted === true

/** Whether standard output or standard error has failed. Reading the stream creates it if the host has not used it. */
export const outputHasFailed = (): boolean => {
  try {
    return hasFailed(process.stdout) || hasFailed(process.stderr)
  } catch {
    return false
  }
}

interface WriteError {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
}

/**
 * Whether this may be the error of a write that the stream has not emitted yet, so that the stream's state is read
 * later.
 */
export const mayBeOfOutput = (error: unknown): boolean => {
  try {
    const { code, syscall } = error as WriteError
    return (syscall === 'write' && writeCodes.includes(code)) || laterCodes.includes(code)
  } catch {
    return false
  }
}

/** `fs.writeSync` has another message than a stream. A pipe in the file system is nearly always an output. */
const isOfFile = ({ code, message }: WriteError): boolean =>
  code === 'EPIPE' && typeof message === 'string' && message.startsWith('EPIPE: ')

/** Whether this is the error of a write to standard output or standard error after its reader has closed it. */
export const isOfClosedOutput = (error: unknown): boolean =>
  mayBeOfOutput(error) && (isOfFile(error as WriteError) || outputHasFailed())
