import type { Answer } from './http.ts'

/** What an answer of Rudder's data plane asks for. */
export type Verdict =
  | { readonly kind: 'taken' }
  /** Something in the batch is wrong, or it is too large: halve it. */
  | { readonly kind: 'halve'; readonly reason: string }
  /** No batch would be taken now. */
  | { readonly kind: 'stop'; readonly reason: string; readonly forGood?: true }
  | { readonly kind: 'again'; readonly reason: string; readonly afterMs?: number }

const reasons: Record<number, Verdict> = {
  400: { kind: 'halve', reason: 'status 400: not valid' },
  401: { kind: 'stop', reason: 'status 401: the write key is missing or unknown' },
  403: { kind: 'stop', reason: 'status 403: refused' },
  404: { kind: 'stop', reason: 'status 404: the source is disabled, or the path is wrong' },
  410: { kind: 'stop', reason: 'status 410: gone', forGood: true },
  413: { kind: 'halve', reason: 'status 413: too large' },
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, section 10.2.3). */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/**
 * Rudder takes a batch with 200 and the body `ok`. Another body is somebody else's, a captive portal's for instance,
 * and so is a redirect, which is never followed: the key would go along.
 */
export const verdictOf = (answer: Answer, now: number): Verdict => {
  if (answer.kind === 'failure') return { kind: 'again', reason: answer.reason }
  const { status, body } = answer
  if (status >= 200 && status < 300) {
    return /^\s*(?:ok\b|$)/i.test(body) ? { kind: 'taken' } : { kind: 'again', reason: `status ${status} without "ok"` }
  }
  const known = reasons[status]
  if (known) return known
  const afterMs = retryAfterMs(answer.retryAfter, now)
  return { kind: 'again', reason: `status ${status}`, ...(afterMs !== undefined && { afterMs }) }
}
