import { Command, Help, type HelpConfiguration } from 'commander'
import { writeWhole } from '../machine/output.ts'
import { escapeControls, escapeLines } from '../machine/visible.ts'
import { forStderr, forStdout } from './layout.ts'
import { type ExitCode, exitCodes, say, type Setting } from './setting.ts'

/** Makes and runs a program of commands: `cq-telemetry`, or the `telemetry` command of a tool. */

type Action = (setting: Setting, ...args: never[]) => Promise<ExitCode | void> | ExitCode | void

/** What a command needs from the program that it is added to. */
export interface CommandContext {
  /** Called when a command runs, because the program's options are parsed only then. */
  readonly setting: () => Setting
  readonly done: (code: ExitCode) => void
}

/**
 * Calls an action with the setting and with the arguments and options that Commander passes, without the command
 * itself.
 */
export const withContext =
  ({ setting, done }: CommandContext, action: Action) =>
  async (...args: unknown[]): Promise<void> => {
    done((await action(setting(), ...(args.slice(0, -1) as never[]))) ?? 0)
  }

/** The text with a capital first letter and without a full stop. */
const asTitle = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '')

/** Commander's message in our form: with our name, and as one sentence without a full stop. */
const asOurs = (text: string, name: string): string =>
  text
    .replace(/^error: (?:command-argument value )?/, `${name}: `)
    .replace(/\. (Expected|Allowed)/, (_, word: string) => `: ${word.toLowerCase()}`)
    .replace(/\.$/m, '')

/** Gives all descriptions in the help the same form. `forStdout` wraps them. */
const helpStyle: HelpConfiguration = {
  helpWidth: Infinity,
  showGlobalOptions: true,
  commandDescription: (command) => asTitle(command.description()),
  subcommandDescription: (command) => asTitle(command.summary() || command.description()),
  optionDescription: (option) => asTitle(Help.prototype.optionDescription(option)),
  argumentDescription: (argument) => asTitle(Help.prototype.argumentDescription(argument)),
}

/** `tool` is the tool whose data the commands are about, e.g. `mytool`. */
export const newProgram = (name: string, version: string, tool: string): Command =>
  new Command(name)
    .description(`See what ${tool} sends, and choose whether it may`)
    .version(version)
    .exitOverride()
    .configureHelp(helpStyle)
    .configureOutput({
      writeOut: (text) => writeWhole(1, escapeLines(forStdout(text))),
      writeErr: (text) => writeWhole(2, escapeLines(forStderr(text))),
      outputError: (text, write) => write(asOurs(text, name)),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see what it takes')

const isHelp = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && /^commander\.(?:help|version)/.test(error.code)

/**
 * Prints an error and returns its exit code. Commander has already printed its own errors, which have an `exitCode`.
 */
const reportError = (error: unknown, name: string): ExitCode => {
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 || isHelp(error) ? 0 : exitCodes.usage
  const { name: kind, message } = error as Error
  say(`${name}: ${escapeControls(message)}`)
  return kind === 'UsageError' ? exitCodes.usage : exitCodes.failed
}

/**
 * Runs a command. Resolves with the exit code: 0 success, 1 failure or a problem found, 2 wrong usage. Never rejects.
 */
export const runProgram = async (
  program: Command,
  args: readonly string[],
  exitCode: () => ExitCode,
): Promise<ExitCode> => {
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode()
  } catch (error) {
    return reportError(error, program.name())
  }
}
