import { type UsageKind, usedOptions } from './adapter.ts'

interface Flag {
  readonly type: string
  readonly char?: string
  readonly aliases?: readonly string[]
  readonly charAliases?: readonly string[]
  readonly options?: readonly string[]
}
export type Flags = Record<string, Flag>
/** The class of a command. */
export interface Runnable {
  readonly id: string
  readonly plugin?: { readonly type?: string } | undefined
  baseFlags?: Flags
  readonly flags?: Flags
  run(argv?: string[], options?: unknown): Promise<unknown>
}

export const usedIn = ({ flags, baseFlags }: Runnable, argv: readonly string[]) =>
  usedOptions(
    argv,
    Object.entries({ ...baseFlags, ...flags }).map(([name, { char, aliases, charAliases, type, options }]) => ({
      names: [name, ...(char ? [char] : []), ...(aliases ?? []), ...(charAliases ?? [])],
      boolean: type === 'boolean',
      choices: options,
    })),
  )

/** The exit code of an error of oclif itself: of wrong usage, or of `this.exit()`. Undefined for any other error. */
export const exitCodeOf = (error: unknown): number | undefined =>
  (error as { oclif?: { exit?: number } } | null | undefined)?.oclif?.exit

/** Our name for each error of oclif's parser. All of them have the property `parse`. */
const kinds: Readonly<Record<string, UsageKind>> = {
  NonExistentFlagsError: 'UnknownOptionError',
  RequiredArgsError: 'MissingArgumentError',
  UnexpectedArgsError: 'InvalidArgumentError',
  FlagInvalidOptionError: 'InvalidArgumentError',
  ArgInvalidOptionError: 'InvalidArgumentError',
  FailedFlagValidationError: 'InvalidArgumentError',
  ViolatedFlagConstraintError: 'InvalidArgumentError',
}
const kindOf = (error: unknown): UsageKind | undefined =>
  error instanceof Error && 'parse' in error && exitCodeOf(error) !== undefined
    ? (kinds[error.constructor.name] ?? 'UsageError')
    : undefined

/**
 * Runs a command as an operation. `this.exit(0)` throws, but is a success. An error of the parser has no name of its
 * own, so it is recorded under ours. The host gets the original error.
 */
export const runCommand = async (
  run: () => Promise<unknown>,
  inOperation: (action: () => Promise<void>) => Promise<void>,
) => {
  let result: unknown
  let failure: { readonly error: unknown } | undefined
  const action = async () => {
    try {
      result = await run()
    } catch (error) {
      failure = { error }
      if (exitCodeOf(error) === 0) return
      const name = kindOf(error)
      throw name ? { name } : error
    }
  }
  await inOperation(action).catch(() => undefined)
  if (failure) throw failure.error
  return result
}
