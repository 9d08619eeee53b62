/** Types of spans without a track event: the event of their operation contains their sums. */
export const typesWithoutEvents: readonly string[] = ['provider', 'resource', 'policy']
