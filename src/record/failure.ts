/** The error that a callback threw; undefined if it succeeded. */
export type Failure = { readonly error: unknown } | undefined

/** Ends an operation. `endedAt` is a time of `performance.now()`, if the operation ended before this call. */
export type End = (failure: Failure, endedAt?: number) => void
