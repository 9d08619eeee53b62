/** What a callback came to: nothing went wrong, or this did. */
export type Failure = { readonly error: unknown } | undefined

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

/** What is told, once, how it went. */
export interface Ending {
  end(failure: Failure): void
}

/**
 * Calls `run` and tells `ending`, when it is over: now, or when its promise settles. Returns what it returns and
 * rethrows what it throws; of a promise it returns the one that settles after that.
 */
export const settle = <T>(run: () => T, ending: Ending): T => {
  let result: T
  try {
    result = run()
  } catch (error) {
    ending.end({ error })
    throw error
  }
  if (!isThenable(result)) {
    ending.end(undefined)
    return result
  }
  return Promise.resolve(result).then(
    (value) => {
      ending.end(undefined)
      return value
    },
    (error: unknown) => {
      ending.end({ error })
      throw error
    },
  ) as T
}
