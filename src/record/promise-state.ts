import { inspect } from '../machine/node.ts'
import { noError } from './errors.ts'
import type { End } from './failure.ts'

/**
 * Ends the operations of promises whose `then` the host has not called. It may never call it, so the state of each
 * promise is read once in a second.
 */

export interface UnawaitedPromise {
  readonly promise: object
  readonly end: End
}

const unawaited = new Set<UnawaitedPromise>()
/** Milliseconds. Reading the state of a rejected promise reads the stack of its error (see `CrashReporter`). */
const readEveryMs = 1_000
let timer: NodeJS.Timeout | undefined

/** Reads the state of a promise without a handler. */
const stateOf = (promise: object): string => {
  try {
    const text = inspect(promise, {
      depth: 0,
      colors: false,
      customInspect: false,
      showProxy: true,
      maxStringLength: 0,
    })
    return /\{\s+<(pending|rejected)>/.exec(text)?.[1] ?? 'fulfilled'
  } catch {
    return 'fulfilled'
  }
}

/** Ends the operations whose promise has settled. `error` is that of a rejected promise, if it is known. */
export const endSettled = (error: unknown = noError): void => {
  for (const each of unawaited) {
    const state = stateOf(each.promise)
    if (state === 'pending') continue
    unawaited.delete(each)
    each.end(state === 'rejected' ? { error } : undefined)
  }
}

const readLater = (): void => {
  timer ??= setTimeout(() => {
    timer = undefined
    endSettled()
    if (unawaited.size > 0) readLater()
  }, readEveryMs).unref()
}

/** Ends the operation when its promise is found settled. */
export const endWhenSettled = (each: UnawaitedPromise): void => {
  unawaited.add(each)
  readLater()
}

/** The host has called the promise's `then`, which will end the operation. */
export const isAwaited = (each: UnawaitedPromise): void => void unawaited.delete(each)
