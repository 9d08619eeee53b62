import { os } from '../machine/node.ts'

export interface ExitHandlers {
  /** The process ends with this code. */
  readonly exit: (code: number) => void
  readonly uncaught: (error: unknown, kind: 'uncaught' | 'unhandled_rejection') => void
  /** A signal is about to end the process; called before `exit`. */
  readonly cancelled: (error: unknown) => void
  /** Also handle SIGINT, SIGTERM and SIGHUP, which end a process by default. */
  readonly signals: boolean
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof endingSignals)[number]

/**
 * Watches the end of the process without changing it. Uncaught errors are seen through `uncaughtExceptionMonitor`,
 * which leaves exit code, message and trace to Node. Signals have no handler by default, since with one a busy loop no
 * longer dies of Ctrl-C (tried: it ran to its end, and the exit code was 0). A handled signal is sent again once the
 * run has ended, so that the process dies of it. Returns a function that stops watching.
 */
export const watchExit = ({ exit, uncaught, cancelled, signals }: ExitHandlers): (() => void) => {
  const onSignal = (signal: Signal) => {
    cancelled({ name: 'AbortError' })
    exit(128 + os().constants.signals[signal])
    // If the host handles the signal as well, its handler decides whether the process ends.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  // `process.exitCode` may differ from the event's code: Node sets 13 for a top-level await that never settles.
  const onExit = (code: number) => exit(Number(process.exitCode ?? code))
  process.once('exit', onExit)
  const onUncaught = (error: unknown, origin: string) =>
    uncaught(error, origin === 'unhandledRejection' ? 'unhandled_rejection' : 'uncaught')
  process.on('uncaughtExceptionMonitor', onUncaught)
  if (signals) for (const signal of endingSignals) process.on(signal, onSignal)
  return () => {
    process.off('exit', onExit)
    process.off('uncaughtExceptionMonitor', onUncaught)
    for (const signal of endingSignals) process.off(signal, onSignal)
  }
}
