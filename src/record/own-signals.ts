import { os } from '../machine/node.ts'

/**
 * A process can end itself by a signal: with `process.kill`, as hosts do after they have handled one (signal-exit), and
 * with `process.abort`. A signal from another process ends it without notice.
 */

/** Signals that end a command which works as it should. */
const cancelling: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']
/** Signals that report a fault. */
const crashing: readonly string[] = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV']

export interface OwnSignal {
  readonly name: string
  readonly crash: boolean
  /** The exit code that a shell shows for the signal. */
  readonly exitCode: number
}

// oxlint-disable-next-line typescript/unbound-method -- It is called on `process`; a host may replace it there.
const { listenerCount } = process

const signalOf = (given: unknown): OwnSignal | undefined => {
  const found = Object.entries(os().constants.signals).find(([name, number]) => given === name || given === number)
  if (!found || ![...cancelling, ...crashing].includes(found[0])) return undefined
  const [name, number] = found
  return { name, crash: crashing.includes(name), exitCode: 128 + number }
}

const isOwn = (pid: unknown): boolean => Number(pid) === process.pid || Number(pid) === 0

type Calls = 'kill' | 'abort'

/**
 * Calls `before` ahead of a function of `process`. Returns a function that undoes this, unless the host has replaced
 * the function since.
 */
const callBefore = (name: Calls, before: (args: readonly unknown[]) => void): (() => void) => {
  const original = process[name] as (...args: unknown[]) => never
  const replacement = function (this: unknown, ...args: unknown[]): never {
    before(args)
    return Reflect.apply(original, this, args)
  }
  for (const key of ['name', 'length'] as const) Object.defineProperty(replacement, key, { value: original[key] })
  Object.assign(process, { [name]: replacement })
  return () => {
    if (process[name] === replacement) Object.assign(process, { [name]: original })
  }
}

/**
 * Calls `ends` when this process is about to send itself a signal that ends it. Returns a function that stops watching.
 */
export const watchOwnSignals = (ends: (signal: OwnSignal) => void): (() => void) => {
  const restores = [
    callBefore('kill', ([pid, given = 'SIGTERM']) => {
      const signal = isOwn(pid) ? signalOf(given) : undefined
      if (signal && listenerCount.call(process, signal.name) === 0) ends(signal)
    }),
    callBefore('abort', () => {
      const signal = signalOf('SIGABRT')
      if (signal) ends(signal)
    }),
  ]
  return () => {
    for (const restore of restores) restore()
  }
}
