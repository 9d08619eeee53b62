import type { Options } from '../api/options.ts'

/**
 * How the spool is sent when the process ends. `detached`: by a child in the background. `inline`: by the same child,
 * and the command waits for it; for CI, cloud functions and containers, where the child may not outlive the command.
 * `manual`: only by `cq-telemetry flush`.
 */
type DeliveryMode = Exclude<Options['delivery'], 'auto' | undefined>

export interface Delivery {
  readonly mode: DeliveryMode
  readonly reason: string
  /** Whether a child can outlive the command. */
  readonly childSurvives: boolean
  /** The longest wait of the command in milliseconds, if it waits. */
  readonly waitMs: number
}

const waitMs = 500
/** In a container that has just started, starting Node takes most of half a second. */
const containerWaitMs = 1_000

interface Surroundings {
  readonly ci: boolean
  readonly faas: boolean
  /** Whether all processes end when the command does (`machine/container.ts`). */
  readonly container: boolean
}

const decideMode = ({ ci, faas, container }: Surroundings): Pick<Delivery, 'mode' | 'reason'> => {
  if (faas) return { mode: 'inline', reason: 'a cloud function is frozen when it has answered' }
  if (container) return { mode: 'inline', reason: 'this container ends with the command' }
  if (ci) return { mode: 'inline', reason: 'a CI job ends all of its processes' }
  return { mode: 'detached', reason: 'default' }
}

export const decideDelivery = (option: DeliveryMode | 'auto', surroundings: Surroundings): Delivery => ({
  ...(option === 'auto' ? decideMode(surroundings) : { mode: option, reason: 'option "delivery"' }),
  childSurvives: !surroundings.container,
  waitMs: surroundings.container ? containerWaitMs : waitMs,
})
