import type { PublicNames } from '../index.ts'

type Declared = NonNullable<PublicNames['operations']>

const isDeclared = (declared: Declared | undefined, name: string): boolean =>
  typeof declared === 'function' ? declared(name) : (declared?.includes(name) ?? false)

/** The contract reads this key. It is a registered symbol, because a host's own function may have any property. */
const listedNames = Symbol.for('cq-telemetry.names')

/**
 * What `cq-telemetry contract` lists instead of a function: the program's names, and those that the host has declared.
 */
const named = (allows: (name: string) => boolean, own: readonly string[], declared: Declared | undefined): Declared =>
  Object.assign(allows, { [listedNames]: [own, declared] })

/** The names that the host has declared, with those of the program's own commands and options. */
export const withOwnNames = (
  publicNames: PublicNames | undefined,
  isCommand: (name: string) => boolean,
  isOption: (name: string) => boolean,
  recordsOptions: boolean,
): PublicNames => {
  const { operations, options } = publicNames ?? {}
  return {
    ...publicNames,
    operations: named(
      (name) => isCommand(name) || isDeclared(operations, name),
      ['(commands of the program)'],
      operations,
    ),
    options: named(
      (name) => isOption(name) || isDeclared(options, name),
      recordsOptions ? ['(options of the program)'] : [],
      options,
    ),
  }
}
