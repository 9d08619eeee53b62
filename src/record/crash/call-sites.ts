/**
 * V8's own record of an error's stack. The text of a stack is not taken apart: it begins with the message and holds the
 * names of functions, and either can be made of lines that look like frames.
 */

/** Thrown to V8, which then forgets that it was asked, and makes the same text as ever when the host asks for it. */
const asked = new Error('cq-telemetry has read the call sites')

/** Deno keeps what was thrown as the error's stack, and Bun has no call sites of most errors. */
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
    // `asked`, or what the host's own getter throws.
  } finally {
    if (own) Object.defineProperty(Error, 'prepareStackTrace', own)
    else Reflect.deleteProperty(Error, 'prepareStackTrace')
  }
}

/**
 * The call sites, innermost first. None if the stack was read before (V8 then keeps only the text), and none of an error
 * of another realm.
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

/** Frames looked at. Of a deeper stack the outermost frame is not known. */
const maxDepth = 200

/** The file of the outermost frame of the stack as it is now; undefined without one, and below an async function. */
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
 * Whether what is thrown here becomes a rejection at the latest where Node has called: in a job of a promise, and while an ES
 * module is evaluated. Elsewhere (in CommonJS, a timer, a listener) it ends the process if nobody catches it.
 */
export const throwsIntoPromise = (): boolean => {
  if (!isNode) return true
  try {
    return !/^node:(?!internal\/(?:modules\/esm|process\/task_queues))/.test(outermostFile() ?? '')
  } catch {
    return true
  }
}
