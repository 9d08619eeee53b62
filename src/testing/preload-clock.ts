/**
 * The clock of a run. It stands still, except for a millisecond with every thousand readings, so that a program which
 * waits for it in a loop ends. Timers keep the real time.
 */

const readingsPerMs = 1_000
/** Milliseconds since the start of the process when the program begins. */
const atBeginMs = 50

const define = (object: object, key: string, value: unknown): void => {
  Object.defineProperty(object, key, { value, configurable: true, writable: true })
}

/** A `Date` whose current time comes from this clock. */
const dateOf = (now: () => number): DateConstructor => {
  const Real = Date
  define(Real, 'now', now)
  const Replaced: DateConstructor = new Proxy(Real, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: () => new Real(now()).toString(),
  })
  define(Real.prototype, 'constructor', Replaced)
  return Replaced
}

/** Replaces every clock of this process. `begin` is the Unix time in milliseconds at which the program begins. */
export const stopClock = (begin: number): void => {
  let readings = 0
  const passedMs = (): number => Math.floor(readings++ / readingsPerMs)
  globalThis.Date = dateOf(() => begin + passedMs())
  define(performance, 'timeOrigin', begin - atBeginMs)
  define(performance, 'now', () => atBeginMs + passedMs())
  define(process, 'uptime', () => (atBeginMs + passedMs()) / 1_000)
  const bigint = (): bigint => BigInt(atBeginMs + passedMs()) * 1_000_000n
  const hrtime = (since: readonly [number, number] = [0, 0]): [number, number] => {
    const passed = bigint() - BigInt(since[0]) * 1_000_000_000n - BigInt(since[1])
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)]
  }
  define(process, 'hrtime', Object.assign(hrtime, { bigint }))
}
