/** The same for a host that is bundled into one file: evaluated on demand. */
export const loadDecide = () => require('../decide.ts') as typeof import('../decide.ts')
