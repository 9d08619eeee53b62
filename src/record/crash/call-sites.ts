/**
 * V8's own record of an error's stack. The text of a stack is not parsed. It begins with the message and contains
 * function names, and either can hold lines that look like frames.
 */

/**
 * Thrown out of `prepareStackTrace`. V8 then stores nothing, and makes its usual text when the host reads the stack.
 */
const asked = new Error('cq-telemetry has read the call sites')

/** Deno stores the thrown error as the stack, and Bun has no call sites for most errors. */
const isNode = process.versions['deno'] === undefined && process.versions['bun'] === undefined

type Prepare = NonNullable<typeof Error.prepareStackTrace>

/** Calls `read` while `Error.prepareStackTrace` is another function. */
const withPrepare = (prepare: Prepare, read: () => unknown): void => {
  const own = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const replaced = { value: prepare, writable: true, enumerable: false, configurable: true }
  if (!Reflect.defineProperty(Error, 'prepareStackTrace', replaced)) return
  try {
    read()
  } catch {
    // Ignores `asked`, and what the host's own getter throws.
  } finally {
    if (own) Object.defineProperty(Error, 'prepareStackTrace', own)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
  }
}

/**
 * The call sites, innermost first. Empty if the stack was read before, since V8 then keeps only the text, and for an
 * error of another realm.
 */
export const callSitesOf = (error: unknown): readonly NodeJS.CallSite[] => {
  let found: readonly NodeJS.CallSite[] = []
  if (!isNode || typeof error !== 'object' || error === null) return found
  const prepare: Prepare = (of, sites) => {
    if (of === error) found = sites
    throw asked
  }
  withPrepare(prepare, () => (error as { stack?: unknown }).stack)
  return found
}

/** The number of frames that are read. If a stack is deeper, its outermost frame is unknown. */
const maxDepth = 200

/** The file of the outermost frame of the current stack. Undefined if it has no file, and below an async function. */
const outermostFile = (): string | null | undefined => {
  const here: { stack?: unknown } = {}
  const { stackTraceLimit } = Error
  let file: string | null | undefined
  try {
    Error.stackTraceLimit = maxDepth
    Error.captureStackTrace(here)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  withPrepare(
    (_, sites) => {
      const last = sites.at(-1)
      file = last?.isAsync() ? undefined : last?.getFileName()
    },
    () => here.stack,
  )
  return file
}

/**
 * Whether an error that is thrown here becomes a rejection before it reaches Node: in a job of a promise, and while an
 * ES module is evaluated. Elsewhere (in CommonJS, a timer, a listener) it ends the process if nothing catches it.
 */
export const throwsIntoPromise = (): boolean => {
  if (!isNode) return true
  try {
    return !/^node:(?!internal\/(?:modules\/esm|process\/task_queues))/.test(outermostFile() ?? '')
  } catch {
    return true
  }
}
