/**
 * The end of the process, watched without changing it: no signal handlers (with one a busy loop no longer dies of
 * Ctrl-C), and uncaught errors through the monitor, which leaves code, message and trace to Node.
 */
export interface ExitHandlers {
  readonly exit: (code: number) => void
  readonly uncaught: (error: unknown) => void
}

/** Returns how to stop watching. */
export const watchExit = ({ exit, uncaught }: ExitHandlers): (() => void) => {
  process.once('exit', exit)
  process.on('uncaughtExceptionMonitor', uncaught)
  return () => {
    process.off('exit', exit)
    process.off('uncaughtExceptionMonitor', uncaught)
  }
}
