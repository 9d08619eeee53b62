import type { Retry } from '../deliver/send/outcome.ts'
import type { Problem } from './answer.ts'
import type { Forwarding } from './forward.ts'

/** Seconds of pause after an answer of RudderStack without `Retry-After`. */
const defaultPause = 5

export const retryProblem = ({ reason, afterMs }: Retry): Problem => ({
  status: reason === 'status 429' ? 429 : 503,
  reason: `Rudder: ${reason}`,
  retryAfter: afterMs === undefined ? defaultPause : Math.ceil(afterMs / 1000),
})

/**
 * The problem to report to a client whose events were sent; undefined if there is none. `spans` is the number of spans
 * in its request.
 */
export const problemOf = (spans: number, { taken, delivered, rejected }: Forwarding): Problem | undefined => {
  const [firstReason] = rejected.keys()
  if (spans > 0 && taken === 0) return { status: 400, reason: `none of the ${spans} spans comes from cq-telemetry` }
  if (firstReason !== undefined && delivered === 0) return { status: 400, reason: `Rudder: ${firstReason}` }
  const refused = spans - taken
  const reasons = [...rejected].map(([reason, events]) => `Rudder refused ${events} events for good (${reason})`)
  if (refused > 0) reasons.unshift(`${refused} spans do not come from cq-telemetry`)
  if (reasons.length === 0) return undefined
  const lost = [...rejected.values()].reduce((sum, events) => sum + events, 0)
  return { status: 200, reason: reasons.join('; '), rejected: refused + lost }
}
