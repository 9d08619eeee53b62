/**
 * For authors of tools that have their own parser: the command `<tool> telemetry …`. docs/command.md lists what it does.
 *
 * @module
 */
import type { Options } from '../api/options.ts'
import { flags } from '../consent/switches.ts'
import { newProgram, runProgram } from './program.ts'
import { addUserCommands } from './user-commands.ts'
import { type ExitCode, settingOf } from './setting.ts'

const isFlag = (argument: string): boolean => Object.values(flags).some((flag) => argument.startsWith(flag))

/**
 * Runs `<tool> telemetry …` for a tool that has its own parser. `args` are the arguments after `telemetry`, `options`
 * those of `instrument()`. The telemetry flags among the arguments are ignored. Resolves with the exit code: 0 success,
 * 1 failure or a problem found, 2 wrong usage. Prints errors and never rejects.
 */
export const runTelemetryCommand = async (args: readonly string[], options: Options): Promise<number> => {
  const name = `${options.app.name} telemetry`
  let code: ExitCode = 0
  const program = addUserCommands(newProgram(name, options.app.version, options.app.name), {
    setting: () => settingOf(name, options),
    done: (exitCode) => (code = exitCode),
  }).addHelpText('after', `\nExamples:\n  $ ${name} status\n  $ ${name} view --open\n  $ ${name} disable`)
  const own = args.filter((argument) => !isFlag(argument))
  return runProgram(program, own.length > 0 ? own : ['--help'], () => code)
}
