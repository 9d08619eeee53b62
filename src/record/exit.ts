import { os } from '../machine/node.ts'
import { codeOfSystem, currentExitCode } from './exit-code.ts'
import { watchOwnSignals } from './own-signals.ts'

export interface ExitHandlers {
  /** The process ends with this code. */
  readonly exit: (code: number) => void
  /** The process ends of this error; called before `exit`. */
  readonly uncaught: (error: unknown, kind: 'uncaught' | 'unhandled_rejection') => void
  /** The process is about to end itself by a signal that reports a fault; called before `exit`. */
  readonly fault: () => void
  /** Also handle SIGINT, SIGTERM and SIGHUP, which end a process by default. */
  readonly signals: boolean
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof endingSignals)[number]

/** The parts of `process` that its types leave out. */
interface Internals {
  /** What `process.exit` calls after the listeners, or at once if it is called by one of them. */
  reallyExit: (code?: number | string) => void
  emit: (...args: unknown[]) => boolean
  readonly _exiting?: boolean
}

const internals = process as unknown as Internals
// oxlint-disable-next-line typescript/unbound-method -- They are called on `process`; a host may replace them there.
const { on, off, listenerCount, rawListeners } = process

/** The exit code of a process whose listener of `uncaughtException` throws. */
const failedHandler = 7

/**
 * Watches the end of the process without changing it, and calls `exit` when the code is final:
 *
 *   process.exit()   in `process.reallyExit`, which it calls after all listeners, or at once if a listener exits
 *   its own end      in our listener, which becomes the last one at `beforeExit`
 *   an error         in our listener, which becomes the last one when Node reports the error
 *   its own signal   before the process sends it
 *
 * Node reports an uncaught error before it calls the host's handlers. An error that these handle is no crash. If a handler
 * throws, or a listener of `exit` does, no other listener is called, so the run ends there. Signals have no handler by
 * default, since with one Ctrl-C no longer ends a busy loop (tried: it ran to its end, and the exit code was 0). Returns a
 * function that stops watching.
 */
export const watchExit = ({ exit, uncaught, fault, signals }: ExitHandlers): (() => void) => {
  const onExit = () => {
    const isLast = rawListeners.call(process, 'exit').at(-1) === onExit
    if (isLast) exit(currentExitCode())
    // A listener was added after `process.exit` was called, so `reallyExit` follows. The host may have replaced it.
    else patchReallyExit()
  }
  let atExit = false
  const becomeLast = () => {
    off.call(process, 'exit', onExit)
    on.call(process, 'exit', onExit)
    // If the process ends by itself, no `reallyExit` follows, and this emit also calls the listeners that are added
    // later.
    if (!atExit)
      afterEmit('exit', (handled) => {
        if (handled !== undefined) exit(currentExitCode())
      })
    atExit = true
  }
  let restoreReallyExit = (): void => undefined
  const patchReallyExit = () => {
    const { reallyExit } = internals
    const patched = function (this: unknown, code?: number | string): void {
      exit(codeOfSystem(Number(code ?? 0)))
      reallyExit.call(this, code)
    }
    internals.reallyExit = patched
    restoreReallyExit = () => {
      if (internals.reallyExit === patched) internals.reallyExit = reallyExit
    }
  }
  /** `handled` is undefined if a handler has thrown. */
  const onHandled = (handled: boolean | undefined, crashed: () => void) => {
    if (handled !== true) crashed()
    if (handled === undefined) exit(failedHandler)
    else if (internals._exiting) exit(currentExitCode(handled ? 0 : 1))
    else if (!handled) becomeLast()
  }
  /**
   * Calls `then` after the next emit of this event, and does not affect other events. It gets undefined if a listener
   * has thrown.
   */
  const afterEmit = (event: string, then: (handled: boolean | undefined) => void) => {
    const own = Object.getOwnPropertyDescriptor(process, 'emit')
    const { emit } = internals
    const replaced = (...args: unknown[]): boolean => {
      if (args[0] !== event) return Reflect.apply(emit, process, args)
      if (internals.emit === replaced) {
        if (own) Object.defineProperty(process, 'emit', own)
        else Reflect.deleteProperty(process, 'emit')
      }
      let handled: boolean | undefined
      try {
        handled = Reflect.apply(emit, process, args)
        return handled
      } finally {
        then(handled)
      }
    }
    internals.emit = replaced
  }
  const onUncaught = (error: unknown, origin: string) => {
    const crashed = () => uncaught(error, origin === 'unhandledRejection' ? 'unhandled_rejection' : 'uncaught')
    afterEmit('uncaughtException', (handled) => onHandled(handled, crashed))
  }
  const onSignal = (signal: Signal) => {
    // If the host handles the signal too, its handler decides whether the process ends.
    if (listenerCount.call(process, signal) > 1) return
    exit(128 + os().constants.signals[signal])
    process.kill(process.pid, signal)
  }

  on.call(process, 'exit', onExit)
  on.call(process, 'beforeExit', becomeLast)
  on.call(process, 'uncaughtExceptionMonitor', onUncaught)
  patchReallyExit()
  const restoreKill = watchOwnSignals(({ crash, exitCode }) => {
    if (crash) fault()
    exit(exitCode)
  })
  if (signals) for (const signal of endingSignals) on.call(process, signal, onSignal)
  return () => {
    off.call(process, 'exit', onExit)
    off.call(process, 'beforeExit', becomeLast)
    off.call(process, 'uncaughtExceptionMonitor', onUncaught)
    restoreReallyExit()
    restoreKill()
    for (const signal of endingSignals) off.call(process, signal, onSignal)
  }
}
