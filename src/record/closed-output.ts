/**
 * Whether the reader of our output has gone, as in `mytool | head`. Node does not say which stream an error comes from, and a
 * write to a server fails with the same code, so the standard streams themselves are asked.
 */

/** Of a write to a pipe, a socket or a terminal whose other end is closed. */
const writeCodes: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'EIO']
/** Of what is done afterwards with such a stream. */
const laterCodes: readonly unknown[] = ['ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']

interface Internals {
  readonly _writableState?: { readonly errorEmitted?: boolean }
}

/** A standard stream is open again after an error: of its state, this alone stays (Node 20 to 26). */
const hasFailed = (stream: unknown): boolean => (stream as Internals)._writableState?.errorEmitted === true

/** Whether standard output or standard error has failed. The stream is made if the host has not used it. */
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

/** Whether this is an error of a write that the stream may only be about to emit, so that it is to be asked later. */
export const mayBeOfOutput = (error: unknown): boolean => {
  try {
    const { code, syscall } = error as WriteError
    return (syscall === 'write' && writeCodes.includes(code)) || laterCodes.includes(code)
  } catch {
    return false
  }
}

/** `fs.writeSync` has another message than a stream, and a pipe in the file system is hardly ever but an output. */
const isOfFile = ({ code, message }: WriteError): boolean =>
  code === 'EPIPE' && typeof message === 'string' && message.startsWith('EPIPE: ')

/** Whether this is the error of a write to standard output or standard error that nobody reads any more. */
export const isOfClosedOutput = (error: unknown): boolean =>
  mayBeOfOutput(error) && (isOfFile(error as WriteError) || outputHasFailed())
