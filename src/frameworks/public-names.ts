import type { PublicNames } from '../index.ts'

type Declared = NonNullable<PublicNames['operations']>

const isDeclared = (declared: Declared | undefined, name: string): boolean =>
  typeof declared === 'function' ? declared(name) : (declared?.includes(name) ?? false)

/** The names that the host has declared, and those of the program's own commands and options. */
export const withOwnNames = (
  publicNames: PublicNames | undefined,
  isCommand: (name: string) => boolean,
  isOption: (name: string) => boolean,
): PublicNames => ({
  ...publicNames,
  operations: (name) => isCommand(name) || isDeclared(publicNames?.operations, name),
  options: (name) => isOption(name) || isDeclared(publicNames?.options, name),
})
