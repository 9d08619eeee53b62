/**
 * Ctrl-C, SIGTERM, and an output that nobody reads any more cancel what runs, so that it can clean up. A second signal
 * ends the process at once.
 */

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const
/** What a shell shows for a program that a closed pipe ended. */
const brokenPipe = 141

export interface Cancellation {
  readonly signal: AbortSignal
  /** The exit code of what cancelled, once there was something. */
  exitCode(): number | undefined
}

export const watchCancellation = (): Cancellation => {
  const controller = new AbortController()
  let code: number | undefined
  const cancel = (exitCode: number) => {
    code ??= exitCode
    controller.abort(new DOMException('cancelled', 'AbortError'))
  }
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    process.on(name, () => (code === undefined ? cancel(exitCode) : process.exit(exitCode)))
  }
  for (const output of [process.stdout, process.stderr]) output.on('error', () => cancel(brokenPipe))
  return { signal: controller.signal, exitCode: () => code }
}
