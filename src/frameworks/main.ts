/**
 * For authors of tools without a framework, or with one that has no adapter. docs/adapters.md has more examples.
 *
 *     import { parseArgs } from 'node:util'
 *     import { instrumentMain, telemetryOptions } from 'cq-telemetry/main'
 *
 *     const config = { options: { ...telemetryOptions, watch: { type: 'boolean' } } } as const
 *     await instrumentMain({ ...options, parseArgs: config }, async () => {
 *       const { values } = parseArgs(config)
 *       await build(values)
 *     })
 *
 * @module
 */
import type { ParseArgsConfig } from 'node:util'
import { instrument, type Options, type Telemetry } from '../index.ts'
import { type Aside, asideOfArguments, isShellCompletion } from './aside.ts'
import { usedIn } from './parse-args.ts'
import { withOwnNames } from './public-names.ts'
import { ownFlags } from './telemetry-command.ts'
import { recordedNames, type UsedOption } from './used-options.ts'

/** The options of `instrument()`, and two more. */
export interface MainOptions extends Options {
  /**
   * The name of the operation, e.g. that of a subcommand. It is sent only if `publicNames.operations` has it, since it
   * may be what the user typed; otherwise as `private`. Default: the name of the app.
   */
  readonly operation?: string | undefined
  /**
   * What `main` passes to `parseArgs()` of `node:util`. With it, the names of the declared options that the user gave
   * are recorded. Default: none are.
   */
  readonly parseArgs?: ParseArgsConfig | undefined
}

/** The telemetry flags for `parseArgs()` of `node:util`, which rejects options that it does not know. */
export const telemetryOptions = {
  'no-telemetry': { type: 'boolean' },
  'inspect-telemetry': { type: 'boolean' },
  'debug-telemetry': { type: 'boolean' },
} as const

/**
 * The request that the arguments make beside the tool's work. Short flags are ignored, since they differ between tools.
 */
const asideOf = (argv: readonly string[], used: readonly UsedOption[]): Aside | undefined =>
  isShellCompletion(process.env)
    ? 'completion'
    : (asideOfArguments(argv.filter((argument) => !/^-\w$/.test(argument))) ??
      asideOfArguments(used.flatMap(({ names, boolean }) => (boolean ? [`--${names[0]}`] : []))))

/** Our flags among the used options. The tool may have given them short names. */
const ownFlagsIn = (used: readonly UsedOption[]): readonly string[] =>
  ownFlags()
    .filter(({ name }) => used.some(({ names, boolean, value }) => names[0] === name && boolean && value))
    .map(({ flags }) => flags)

/**
 * Runs `main` as one operation. Returns what it returns, a promise as the same object, and throws what it throws. A run
 * that only asks for help, the version or completions, by their usual words, is not recorded. Throws a TypeError for a
 * wrong option.
 */
export const instrumentMain = <T>(
  { operation, parseArgs: config, ...options }: MainOptions,
  main: (telemetry: Telemetry) => T,
): T => {
  const argv = options.argv ?? process.argv.slice(2)
  const used = usedIn(argv, config)
  const names = used.flatMap(recordedNames)
  const telemetry = instrument({
    ...options,
    argv: [...(asideOf(argv, used) ? ['--no-telemetry'] : []), ...ownFlagsIn(used), ...argv],
    publicNames: withOwnNames(
      options.publicNames,
      (name) => name === options.app.name,
      (name) => names.includes(name),
      config !== undefined,
    ),
  })
  return telemetry.operation({ name: operation ?? options.app.name, options: names }, () => main(telemetry))
}
