import type { Answer, Reply } from './http.ts'
import { type Outcome, type Retry, retry } from './outcome.ts'

/** The result of one request. */
export type Verdict =
  | Outcome
  /** Something in the request is wrong, or it has too many items (`tooMany`). The server may accept half of it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly tooMany?: true }

interface Rule {
  readonly says: string
  readonly refused?: true
  readonly tooMany?: true
  readonly stop?: Retry['stop']
}

/**
 * Statuses after which the same request is repeated before the deadline. Those of OTLP/HTTP are in its specification.
 * RudderStack's gateway also answers 500 while it is overloaded.
 */
export const transientStatuses = { otlp: [429, 502, 503, 504], rudder: [429, 500, 502, 503, 504] } as const

export const tooManyRequests = 429

/** Statuses that have the same meaning at both destinations. After any other status, sending is repeated later. */
const rules: Readonly<Record<number, Rule>> = {
  400: { says: 'not valid', refused: true },
  401: { says: 'the key is missing or unknown', stop: 'soon' },
  403: { says: 'not allowed', stop: 'soon' },
  404: { says: 'the path is wrong, or the source is disabled', stop: 'soon' },
  410: { says: 'gone for good', stop: 'now' },
  413: { says: 'too large', refused: true, tooMany: true },
}

/**
 * The result of one request. `taken` reads an answer of 2xx. It returns undefined if the answer is not the
 * destination's own, such as that of a captive portal.
 */
export const verdictOf = (answer: Answer, taken: (reply: Reply) => Outcome | undefined): Verdict => {
  if (answer.kind === 'failure') return retry(answer.reason, answer.code === undefined ? {} : { code: answer.code })
  const { status, afterMs } = answer
  if (status >= 200 && status < 300) return taken(answer) ?? retry(`status ${status}, but not of this protocol`)
  const rule = rules[status]
  if (!rule) return retry(`status ${status}`, afterMs === undefined ? {} : { afterMs })
  const reason = `status ${status}: ${rule.says}`
  if (rule.refused) return { kind: 'refused', reason, ...(rule.tooMany && { tooMany: true }) }
  return retry(reason, rule.stop === undefined ? {} : { stop: rule.stop })
}
