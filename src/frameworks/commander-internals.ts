import type { Command } from 'commander'
import type { Adapter, UsageKind, UsedOption } from './adapter.ts'

/**
 * Internals of Commander, since version 8, for which it has no public API. If a later version lacks one, that part is
 * not recorded, and nothing else changes.
 */
interface Internals {
  _actionHandler?: ((args: unknown[]) => unknown) | null
  _executeSubCommand?: (command: Command, args: readonly string[]) => unknown
  /** Called each time that Commander itself ends the program: for help, the version, or wrong usage. */
  _exit?: (exitCode: number, code: string, message: string) => never
  readonly _args?: readonly unknown[]
  readonly _allowExcessArguments?: boolean
  readonly _defaultCommandName?: string | null
  readonly rawArgs?: readonly string[]
}
export const internalsOf = (command: Command): Internals => command as unknown as Internals

export const hasAction = (command: Command): boolean => Boolean(internalsOf(command)._actionHandler)

/** Our name for each of Commander's error codes. */
const kinds: Readonly<Record<string, UsageKind>> = {
  'commander.unknownCommand': 'UnknownCommandError',
  'commander.unknownOption': 'UnknownOptionError',
  'commander.missingArgument': 'MissingArgumentError',
  'commander.missingMandatoryOptionValue': 'MissingArgumentError',
  'commander.optionMissingArgument': 'MissingArgumentError',
  'commander.invalidArgument': 'InvalidArgumentError',
  'commander.conflictingOption': 'InvalidArgumentError',
  'commander.excessArguments': 'InvalidArgumentError',
}

/**
 * Calls `ended` before Commander itself ends the program, with its code for the reason, and our name for it if it is a
 * mistake.
 */
export const watchExit = (command: Command, ended: (code: string, kind: UsageKind) => void): void => {
  const target = internalsOf(command)
  const exit = target._exit?.bind(command)
  if (!exit) return
  target._exit = (exitCode, code, message) => {
    ended(code, kinds[code] ?? 'UsageError')
    return exit(exitCode, code, message)
  }
}

/**
 * A program that runs a subcommand as another program ends when that one does, so the operation stays open until then.
 */
export const watchExecutables = (command: Command, run: (subcommand: Command, action: () => unknown) => void): void => {
  const target = internalsOf(command)
  const execute = target._executeSubCommand?.bind(command)
  if (!execute) return
  target._executeSubCommand = (subcommand, args) => {
    let result: unknown
    run(subcommand, () => {
      result = execute(subcommand, args)
      return new Promise<never>(() => undefined)
    })
    return result
  }
}

/** Makes the next call of the command's action an operation. */
export const wrapAction = (
  command: Command,
  { run }: Adapter,
  path: string[],
  used: () => readonly UsedOption[],
): void => {
  const target = internalsOf(command)
  const handler = target._actionHandler
  if (!handler) return
  target._actionHandler = (args) => {
    target._actionHandler = handler
    // Called as a method, as Commander does, since it is a frame in the stack of the host's errors.
    return run(path, () => target._actionHandler?.(args), used)
  }
}
