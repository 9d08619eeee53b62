/** The answer to a request whose body was refused. The reason quotes nothing of the body. */
export interface Refusal {
  readonly status: 400 | 413 | 415 | 429
  readonly reason: string
  readonly retryAfter?: number
}

export const busy: Refusal = {
  status: 429,
  reason: 'the bridge holds as many bytes as it may: send again later',
  retryAfter: 1,
}

/** Ends the reading of a body. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

export const refusalOf = (error: unknown): Refusal => {
  if (error instanceof Refused) return error.refusal
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return { status: 413, reason: 'the zstd needs a window over 8 MB' }
  }
  if (code.startsWith('ZSTD_')) return { status: 400, reason: 'the body is not valid zstd' }
  return { status: 400, reason: code.startsWith('Z_') ? 'the body is not valid gzip' : 'the request broke off' }
}
