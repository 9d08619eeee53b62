import type { Cli, Command, CommandClass } from 'clipanion'
import { type UsageKind, type UsedOption, usedOptions } from './adapter.ts'

export type Program = Cli

/** The commands of a program with what clipanion makes of their options: a part of `Cli` that its subclasses may use. */
export const registrationsOf = (cli: Program) => cli['registrations']

/** A class without paths is the default command, as one with an empty path is. */
export const pathsOf = ({ paths = [[]] }: CommandClass): readonly (readonly string[])[] => paths

/** A list of names in clipanion 3, a set in 4. */
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

/** What clipanion says of arguments that fit no command, in all its versions from 3 on. */
const kinds: readonly (readonly [RegExp, UsageKind])[] = [
  [/^(?:Unsupported|Invalid) option name/, 'UnknownOptionError'],
  [/^Not enough/, 'MissingArgumentError'],
  [/^(?:Extraneous|Invalid value)/, 'InvalidArgumentError'],
  [/^Command not found/, 'UnknownCommandError'],
]

/** clipanion also says that there is no such command of one that there is, with arguments that it refuses. */
const isThere = (cli: Program, input: unknown): boolean => {
  const words = Array.isArray(input) ? input.filter((word) => !String(word).startsWith('-')) : []
  const begins = (path: readonly string[]) => path.length > 0 && path.every((word, index) => word === words[index])
  return [...registrationsOf(cli).keys()].some((command) => pathsOf(command).some(begins))
}

/** Our name for what clipanion refuses. */
export const kindOf = ({ message }: Error, cli: Program, input: unknown): UsageKind => {
  const kind = kinds.find(([text]) => text.test(message))?.[1] ?? 'UsageError'
  return kind === 'UnknownCommandError' && isThere(cli, input) ? 'UsageError' : kind
}
