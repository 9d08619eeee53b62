import type { Cli, Command, CommandClass } from 'clipanion'
import { type UsageKind, type UsedOption, usedOptions } from './adapter.ts'

export type Program = Cli

/** The commands of a program with their parsed options. This part of `Cli` is protected, for its subclasses. */
export const registrationsOf = (cli: Program) => cli['registrations']

/** The paths of a command. A class without paths, or with an empty path, is the default command. */
export const pathsOf = ({ paths = [[]] }: CommandClass): readonly (readonly string[])[] => paths

/** A list of names in clipanion 3, and a set in version 4. */
interface BuilderOption {
  readonly names?: readonly string[]
  readonly nameSet?: readonly string[]
  readonly arity: number
}

export const usedIn = (cli: Program, command: Command, input: unknown): readonly UsedOption[] => {
  const { options = [] } = registrationsOf(cli).get(command.constructor as CommandClass)?.builder ?? {}
  const declared = (options as unknown as readonly BuilderOption[]).map(({ names, nameSet, arity }) => ({
    names: [...(names ?? nameSet ?? [])].map((name) => name.replace(/^--?/, '')).sort((a, b) => b.length - a.length),
    boolean: arity === 0,
  }))
  return usedOptions(Array.isArray(input) ? (input as string[]) : [], declared)
}

/** The messages of clipanion, in all versions since 3, about arguments that fit no command. */
const kinds: readonly (readonly [RegExp, UsageKind])[] = [
  [/^(?:Unsupported|Invalid) option name/, 'UnknownOptionError'],
  [/^Not enough/, 'MissingArgumentError'],
  [/^(?:Extraneous|Invalid value)/, 'InvalidArgumentError'],
  [/^Command not found/, 'UnknownCommandError'],
]

/**
 * Whether the command exists. If a command refuses its arguments, clipanion also says that there is no such command.
 */
const isThere = (cli: Program, input: unknown): boolean => {
  const words = Array.isArray(input) ? input.filter((word) => !String(word).startsWith('-')) : []
  const begins = (path: readonly string[]) => path.length > 0 && path.every((word, index) => word === words[index])
  return [...registrationsOf(cli).keys()].some((command) => pathsOf(command).some(begins))
}

/** Our name for the reason why clipanion refuses the arguments. */
export const kindOf = ({ message }: Error, cli: Program, input: unknown): UsageKind => {
  const kind = kinds.find(([text]) => text.test(message))?.[1] ?? 'UsageError'
  return kind === 'UnknownCommandError' && isThere(cli, input) ? 'UsageError' : kind
}
