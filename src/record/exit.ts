import { os } from '../machine/node.ts'

export interface ExitHandlers {
  readonly exit: (code: number) => void
  readonly uncaught: (error: unknown, kind: 'uncaught' | 'unhandled_rejection') => void
  /** A signal ends the run. */
  readonly cancelled: (error: unknown) => void
  /** Also end the run when one of the signals comes that end a process by default. */
  readonly signals: boolean
}

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof watched)[number]

/**
 * The end of the process, watched without changing it: uncaught errors through the monitor, which leaves code, message
 * and trace to Node, and no signal handlers unless asked for: with one, a busy loop no longer dies of Ctrl-C (tried: it
 * ran on and ended with code 0). A signal is sent again once the run is ended, so that the process dies of it.
 * Returns how to stop watching.
 */
export const watchExit = ({ exit, uncaught, cancelled, signals }: ExitHandlers): (() => void) => {
  const onSignal = (signal: Signal) => {
    cancelled({ name: 'AbortError' })
    exit(128 + os().constants.signals[signal])
    // A handler of the host's own decides what becomes of the process.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  // Node's own handler may have changed the code since (13 for an await that never settles).
  const onExit = (code: number) => exit(Number(process.exitCode ?? code))
  process.once('exit', onExit)
  const onUncaught = (error: unknown, origin: string) =>
    uncaught(error, origin === 'unhandledRejection' ? 'unhandled_rejection' : 'uncaught')
  process.on('uncaughtExceptionMonitor', onUncaught)
  if (signals) for (const signal of watched) process.on(signal, onSignal)
  return () => {
    process.off('exit', onExit)
    process.off('uncaughtExceptionMonitor', onUncaught)
    for (const signal of watched) process.off(signal, onSignal)
  }
}
