import { os } from '../machine/node.ts'

/**
 * The signals of which this process ends itself: by `process.kill`, as hosts do after they have handled one (signal-exit), and
 * by `process.abort`. A signal from elsewhere ends the process without a word.
 */

/** Signals by which somebody ends a command that is in order. */
const cancelling: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']
/** Signals of a fault. */
const crashing: readonly string[] = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV']

export interface OwnSignal {
  readonly name: string
  readonly crash: boolean
  /** The exit code by which a shell names the signal. */
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

/** Puts a function in front of one of `process`; returns one that takes it away, unless the host has put another there. */
const putInFront = (name: Calls, before: (args: readonly unknown[]) => void): (() => void) => {
  const original = process[name] as (...args: unknown[]) => never
  const replaced = function (this: unknown, ...args: unknown[]): never {
    before(args)
    return Reflect.apply(original, this, args)
  }
  for (const key of ['name', 'length'] as const) Object.defineProperty(replaced, key, { value: original[key] })
  Object.assign(process, { [name]: replaced })
  return () => {
    if (process[name] === replaced) Object.assign(process, { [name]: original })
  }
}

/** Calls `ends` when this process is about to end itself by a signal. Returns a function that stops watching. */
export const watchOwnSignals = (ends: (signal: OwnSignal) => void): (() => void) => {
  const restores = [
    putInFront('kill', ([pid, given = 'SIGTERM']) => {
      const signal = isOwn(pid) ? signalOf(given) : undefined
      if (signal && listenerCount.call(process, signal.name) === 0) ends(signal)
    }),
    putInFront('abort', () => {
      const signal = signalOf('SIGABRT')
      if (signal) ends(signal)
    }),
  ]
  return () => {
    for (const restore of restores) restore()
  }
}
