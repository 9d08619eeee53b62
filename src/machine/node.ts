/**
 * Node's own modules, loaded by `process.getBuiltinModule`. An `import` of `node:fs` in an ES module takes 2 ms more,
 * since its named exports include streams and promises. It also loads a module in runs that do not need it. Source:
 * `node --cpu-prof` of an empty command, Node 20 and 24.
 *
 * A host may replace functions of Node and globals after its start: a test mocks the file system, a library fakes the
 * clock. So the functions that we use are stored once. `run.cjs` is loaded later and has a copy of this file, so
 * `dist/index.js` passes its stored functions on (`handOver`).
 */

type Fs = typeof import('node:fs')

/** The current functions of `fs`. `promises` is left out, since its getter would load them. */
const functionsOf = (module: Fs): Fs =>
  Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(module)).flatMap(([name, { value }]) =>
      value === undefined ? [] : [[name, value as unknown]],
    ),
  ) as unknown as Fs

/** Whole milliseconds since 1970, even if a host has replaced the clock before its start. */
const wallClock = (now: () => number, elapsed: () => number, origin: number) => (): number => {
  try {
    const ms = Math.trunc(now())
    if (ms >= 0 && ms <= 8.64e15) return ms
  } catch {
    // The other clock is used.
  }
  return Math.trunc(origin + elapsed())
}

const take = () => {
  const { getBuiltinModule } = process
  const liveFs = process.getBuiltinModule('node:fs')
  const { timeOrigin, now } = performance
  const elapsed = now.bind(performance)
  const clock = wallClock(Date.now, elapsed, timeOrigin)
  return {
    getBuiltinModule,
    liveFs,
    fs: functionsOf(liveFs),
    /** The globals that the banner of `run.cjs` uses instead of the host's (`.ci/bundle.mjs`). */
    globals: {
      Date: class extends Date {
        static override readonly now = clock
      },
      performance: { timeOrigin, now: elapsed },
      JSON: { parse: JSON.parse, stringify: JSON.stringify },
      Promise,
      URL,
      TextEncoder,
      Buffer,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
    },
  }
}

const key = Symbol.for('cq-telemetry taken')
type Holder = { [key]?: ReturnType<typeof take> }

const taken = (globalThis as Holder)[key] ?? take()

/** Loads `run.cjs`, which uses the functions that this file has stored. */
export const handOver = <T>(load: () => T): T => {
  Object.defineProperty(globalThis, key, { value: taken, configurable: true })
  try {
    return load()
  } finally {
    delete (globalThis as Holder)[key]
  }
}

/** Whether the host has replaced the functions that Node itself loads modules with. */
export const loaderIsReplaced = (): boolean => {
  const { readFileSync, realpathSync } = taken.liveFs
  return readFileSync !== taken.fs.readFileSync || realpathSync !== taken.fs.realpathSync
}

/** Node itself has already loaded these modules before a command starts, so they cost nothing. */
export const { fs } = taken
export const { basename, delimiter, dirname, join, parse, posix, relative, resolve, sep, win32 } =
  taken.getBuiltinModule('node:path')
export const { fileURLToPath } = taken.getBuiltinModule('node:url')
export const { getSystemErrorMap, inspect, styleText, types } = taken.getBuiltinModule('node:util')

/** Loaded on first use, because each takes up to 8 ms. */
export const os = (): typeof import('node:os') => taken.getBuiltinModule('node:os')
export const crypto = (): typeof import('node:crypto') => taken.getBuiltinModule('node:crypto')
export const tty = (): typeof import('node:tty') => taken.getBuiltinModule('node:tty')
export const childProcess = (): typeof import('node:child_process') => taken.getBuiltinModule('node:child_process')
export const nodeModule = (): typeof import('node:module') => taken.getBuiltinModule('node:module')
export const asyncHooks = (): typeof import('node:async_hooks') => taken.getBuiltinModule('node:async_hooks')
export const sea = (): { isSea?: () => boolean } | undefined => taken.getBuiltinModule('node:sea')
export const vm = (): typeof import('node:vm') => taken.getBuiltinModule('node:vm')
