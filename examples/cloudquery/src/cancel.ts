/** Ctrl-C and SIGTERM cancel what runs, so that it can clean up; a second one ends the process at once. */

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

export interface Cancellation {
  readonly signal: AbortSignal
  /** The exit code that the signal asks for, once there was one. */
  exitCode(): number | undefined
}

export const watchSignals = (): Cancellation => {
  const controller = new AbortController()
  let code: number | undefined
  const cancel = (exitCode: number) => {
    if (code !== undefined) process.exit(exitCode)
    code = exitCode
    controller.abort(new DOMException('cancelled', 'AbortError'))
  }
  for (const [name, exitCode] of Object.entries(exitCodes)) process.on(name, () => cancel(exitCode))
  return { signal: controller.signal, exitCode: () => code }
}
