/** How what is recorded gets on its way when the process ends. */
export type DeliveryMode =
  /** A child in the background; nobody waits for it. */
  | 'detached'
  /** The same child, awaited for at most half a second: where a background process does not live on. */
  | 'inline'
  /** Nothing is started; `cq-telemetry flush` sends. */
  | 'manual'

export interface Delivery {
  readonly mode: DeliveryMode
  readonly reason: string
}

/** `auto` decides by where the command runs. */
export const decideDelivery = (
  option: DeliveryMode | 'auto',
  { ci, faas }: { readonly ci: boolean; readonly faas: boolean },
): Delivery => {
  if (option !== 'auto') return { mode: option, reason: 'option "delivery"' }
  if (faas) return { mode: 'inline', reason: 'a cloud function is frozen when it has answered' }
  if (ci) return { mode: 'inline', reason: 'a CI job ends all of its processes' }
  return { mode: 'detached', reason: 'default' }
}
