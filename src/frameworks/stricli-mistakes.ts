import type { ApplicationText } from '@stricli/core'
import type { Adapter, UsageKind } from './adapter.ts'

/**
 * Our name for an error of stricli's scanner, found by its documented properties: before version 1.3, the classes have
 * lost their names.
 */
const kindOf = (error: object): UsageKind => {
  const has = (...names: readonly string[]) => names.some((name) => name in error)
  if (has('placeholder', 'nextFlagName')) return 'MissingArgumentError'
  if (has('externalFlagName', 'externalFlagNameOrPlaceholder', 'expectedCount')) return 'InvalidArgumentError'
  return has('input') ? 'UnknownOptionError' : 'UsageError'
}

/** Watches these texts, which stricli reads when the user has called the program wrongly. */
export const watchMistakes = (text: ApplicationText, adapter: Adapter): ApplicationText => ({
  ...text,
  noCommandRegisteredForInput: (args) => {
    adapter.usageError('UnknownCommandError')
    return text.noCommandRegisteredForInput(args)
  },
  exceptionWhileParsingArguments: (error, ansiColor) => {
    adapter.attempt('name a mistake', () => adapter.usageError(kindOf(error as object)))
    return text.exceptionWhileParsingArguments(error, ansiColor)
  },
  exceptionWhileLoadingCommandContext: (error, ansiColor) => {
    adapter.telemetry.error(error)
    return text.exceptionWhileLoadingCommandContext(error, ansiColor)
  },
})
