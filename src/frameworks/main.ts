/**
 * For a tool without a framework, or with one that has no adapter.
 *
 *     import { parseArgs } from 'node:util'
 *     import { instrumentMain, telemetryOptions } from 'cq-telemetry/main'
 *
 *     await instrumentMain(options, async () => {
 *       const { values } = parseArgs({ options: { ...telemetryOptions, watch: { type: 'boolean' } } })
 *       await build(values)
 *     })
 *
 * @module
 */
import { instrument, type Options, type Telemetry } from '../index.ts'
import { asideOfArguments, isShellCompletion } from './aside.ts'

/** The options of `instrument()`, and the name of the operation. */
export interface MainOptions extends Options {
  /**
   * The name of the operation, e.g. that of a subcommand. It is sent only if `publicNames.operations` has it, since it may be
   * what the user typed; else as `private`. Default: the name of the app.
   */
  readonly operation?: string | undefined
}

/** The telemetry flags, for `parseArgs()` of `node:util`, which rejects options that it does not know. */
export const telemetryOptions = {
  'no-telemetry': { type: 'boolean' },
  'inspect-telemetry': { type: 'boolean' },
  'debug-telemetry': { type: 'boolean' },
} as const

/** Short flags mean something else in every tool. */
const isAside = (argv: readonly string[]): boolean =>
  isShellCompletion(process.env) || asideOfArguments(argv.filter((argument) => !/^-\w$/.test(argument))) !== undefined

/**
 * Runs `main` as one operation. Returns what it returns, a promise as the same object, and throws what it throws. A run that asks
 * for help, the version or completions by their usual words is not recorded. Throws a TypeError for a wrong option.
 */
export const instrumentMain = <T>({ operation, ...options }: MainOptions, main: (telemetry: Telemetry) => T): T => {
  const argv = options.argv ?? process.argv.slice(2)
  const declared = options.publicNames?.operations
  const isPublic = (name: string): boolean =>
    name === options.app.name || (typeof declared === 'function' ? declared(name) : (declared?.includes(name) ?? false))
  const telemetry = instrument({
    ...options,
    argv: isAside(argv) ? ['--no-telemetry', ...argv] : argv,
    publicNames: { ...options.publicNames, operations: isPublic },
  })
  return telemetry.operation(operation ?? options.app.name, () => main(telemetry))
}
