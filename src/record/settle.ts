/** The error that a callback threw; undefined if it succeeded. */
export type Failure = { readonly error: unknown } | undefined

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

interface Endable {
  end(failure: Failure): void
}

/**
 * Calls `run`, and ends `work` once the call is over: when it returns or throws, or when its promise settles. Returns
 * what `run` returns and rethrows what it throws; a returned promise settles after `work` has ended.
 */
export const settle = <T>(run: () => T, work: Endable): T => {
  let result: T
  try {
    result = run()
  } catch (error) {
    work.end({ error })
    throw error
  }
  if (!isThenable(result)) {
    work.end(undefined)
    return result
  }
  return Promise.resolve(result).then(
    (value) => {
      work.end(undefined)
      return value
    },
    (error: unknown) => {
      work.end({ error })
      throw error
    },
  ) as T
}
