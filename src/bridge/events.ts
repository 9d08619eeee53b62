/** These spans become no track events: the event of their operation has their sums. */
export const typesWithoutEvents: readonly string[] = ['provider', 'resource', 'policy']
