/** What a callback came to: nothing went wrong, or this did. */
export type Failure = { readonly error: unknown } | undefined

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

/**
 * Calls `run` and tells `done`, once, when it is over: now, or when its promise settles. Returns what it returns and
 * rethrows what it throws; of a promise it returns the one that settles after `done`.
 */
export const settle = <T>(run: () => T, done: (failure: Failure) => void): T => {
  let result: T
  try {
    result = run()
  } catch (error) {
    done({ error })
    throw error
  }
  if (!isThenable(result)) {
    done(undefined)
    return result
  }
  return Promise.resolve(result).then(
    (value) => {
      done(undefined)
      return value
    },
    (error: unknown) => {
      done({ error })
      throw error
    },
  ) as T
}
