/** How public names are listed in the contract of a tool. */

/** Where an adapter says what its functions allow: the symbol of `frameworks/public-names.ts`. */
export const listedNames: unique symbol = Symbol.for('cq-telemetry.names') as never

/** In the place of names that a function of the host's allows: any name. */
export const byFunction = '(by a function)'
