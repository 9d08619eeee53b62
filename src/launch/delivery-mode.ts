import type { Options } from '../api/options.ts'

/**
 * How the spool is sent when the process ends. `detached`: by a child in the background. `inline`: by the same child,
 * but the command waits for it for at most half a second; for CI and cloud functions, where no process outlives the
 * command. `manual`: not at all; only `cq-telemetry flush` sends.
 */
type DeliveryMode = Exclude<Options['delivery'], 'auto' | undefined>

export interface Delivery {
  readonly mode: DeliveryMode
  readonly reason: string
}

export const decideDelivery = (
  option: DeliveryMode | 'auto',
  { ci, faas }: { readonly ci: boolean; readonly faas: boolean },
): Delivery => {
  if (option !== 'auto') return { mode: option, reason: 'option "delivery"' }
  if (faas) return { mode: 'inline', reason: 'a cloud function is frozen when it has answered' }
  if (ci) return { mode: 'inline', reason: 'a CI job ends all of its processes' }
  return { mode: 'detached', reason: 'default' }
}
