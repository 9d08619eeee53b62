import tab from '@bomb.sh/tab/commander'
import { CommanderError } from 'commander'
import { addAuthorCommands } from './author-commands.ts'
import { addOperatorCommands } from './operator-commands.ts'
import { type CommandContext, newProgram, runProgram } from './program.ts'
import { type ExitCode, exitCodes, say, type Setting, settingFor } from './setting.ts'
import { addUserCommands } from './user-commands.ts'
import type { Places } from '../api/places.ts'
import { distro } from '../schema/distro.ts'

/** The `cq-telemetry` command: for users and authors of any tool, and for operators of a collector. */

const name = 'cq-telemetry'
const program = newProgram(name, distro.version, 'a command-line tool')
  .option('--tool <name>', 'name of the tool, from which the next four options follow (default: "cloudquery")')
  .option('--directory <name>', "the tool's directory in the home, e.g. .mytool, or xdg")
  .option('--data-dir <path>', "the tool's data directory, where a random id may lie too, e.g. .mytool")
  .option('--env-prefix <prefix>', "prefix of the tool's variables, e.g. MYTOOL")
  .option('--log-file <path>', 'log that the tool writes with --inspect-telemetry, e.g. mytool-telemetry.log')
  .addHelpText(
    'after',
    `
Examples:
  $ cq-telemetry status
  $ cq-telemetry --tool mytool disable
  $ cq-telemetry view cloudquery.log --open
  $ cq-telemetry exec --operation deploy --otlp-endpoint https://telemetry.example.org -- ./deploy.sh
  $ npx cq-telemetry init

Exit codes: 0 fine, 1 it failed or found a problem, 2 wrong usage. exec ends as its program does.`,
  )

/** The setting of the tool that `--tool` names. Without it, of `defaultTool`, which comes from `option`. */
const settingOfTool = (defaultTool: string, option = '--tool'): Setting => {
  const { tool, ...places } = program.opts<Partial<Places> & { readonly tool?: string }>()
  return settingFor(name, tool === undefined ? option : '--tool', tool ?? defaultTool, places)
}

let code: ExitCode = 0
const context: CommandContext = {
  setting: () => settingOfTool('cloudquery'),
  done: (exitCode) => (code = exitCode),
}
program.commandsGroup('Commands for users:')
addUserCommands(program, context)
program.commandsGroup('Commands for authors and operators:')
addAuthorCommands(program, context, (app) => settingOfTool(app, '--app'))
addOperatorCommands(program, context)
tab(program, { completionCommandName: 'completion' })
program.commands
  .find((command) => command.name() === 'completion')
  ?.description('print a script that completes commands in your shell')
  .helpGroup('Commands:')
  .addHelpText('after', `\nbash needs its package bash-completion.\n\nExample:\n  $ source <(${name} completion bash)`)

/**
 * The name of a command that is followed by a program without `--`. An option of that program, such as `--version`, would be read
 * as one of ours, and `contract --check` would pass in CI without a check.
 */
const withoutDashes = (args: readonly string[]): string | undefined => {
  // All options before the command have a value, but for those that end this program.
  const at = args.findIndex((arg, index) => !arg.startsWith('-') && !/^--[^=]+$/.test(args[index - 1] ?? ''))
  const command = program.commands.find((each) => each.name() === args[at] && /^(?:contract|exec)$/.test(each.name()))
  const isBare = command && !args.includes('--') && command.parseOptions(args.slice(at + 1)).operands.length > 0
  return isBare ? command.name() : undefined
}

/** Whether the arguments are wrong. What is wrong has then been said. */
const areWrong = (args: readonly string[]): boolean => {
  try {
    const bare = withoutDashes(args)
    if (bare !== undefined) say(`${name}: write -- before the program: ${name} ${bare} … -- node cli.js --version`)
    return bare !== undefined
  } catch (error) {
    // An option has no value, as commander has said.
    if (!(error instanceof CommanderError)) throw error
    return true
  }
}

const args = process.argv.slice(2)
process.exitCode = areWrong(args) ? exitCodes.usage : await runProgram(program, args, () => code)
