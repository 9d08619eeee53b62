import { Command } from 'commander'
import type { DestinationOptions } from './destinations.ts'
import { disable, enable, showId } from './choice.ts'
import { writeWhole } from '../machine/output.ts'
import { escapeControls, escapeLines } from '../machine/visible.ts'
import { type ExitCode, exitCodes, type Json, locate, print, say, type Setting } from './setting.ts'
import { clearSpool, listSpool } from './spool.ts'
import { statusOf, statusText } from './status.ts'
import type { FlushOptions } from './flush.ts'
import type { ViewOptions } from './view.ts'

/**
 * The commands for the users of an instrumented tool, as part of `cq-telemetry` or of the tool itself. Larger commands
 * are imported only when they are called.
 */

type Action = (setting: Setting, ...args: never[]) => Promise<ExitCode | void> | ExitCode | void

/** The program that the commands are added to. */
export interface CommandContext {
  /** Called when a command runs, because the program's options are not parsed before. */
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

const withJson = (command: Command): Command => command.option('--json', 'print JSON')

const withDestinations = (command: Command): Command =>
  command
    .option(
      '--otlp-endpoint <url>',
      'base URL of an OpenTelemetry Collector; default: as the tool, or the variables, say',
    )
    .option('--rudder-url <url>', 'data plane of RudderStack; default: as the tool says, or CQ_RUDDER_URL')
    .option('--write-key-file <file>', 'file with its write key; default: as the tool says, or CQ_RUDDER_WRITE_KEY')

const addChoiceCommands = (program: Command, context: CommandContext): void => {
  withJson(program.command('status'))
    .description('say whether telemetry is on and what decided, what waits, and how the last delivery went')
    .action(
      withContext(context, (setting, { json }: Json) => {
        locate(setting)
        const status = statusOf(setting)
        print(json, status, () => statusText(status))
      }),
    )
  withJson(program.command('enable'))
    .description('switch it on')
    .option('--only <what>', 'crashes: crash reports alone; usage: all but crash reports; all: both', 'all')
    .action(withContext(context, enable))
  withJson(program.command('disable'))
    .description('switch it off for good, and delete what was recorded and the random id')
    .action(withContext(context, disable))
  withJson(program.command('id'))
    .description('print the random id that stands for this installation')
    .option('--reset', 'forget it, and the secret of the pseudonyms: the next run makes a new one')
    .action(withContext(context, showId))
}

const addViewCommand = (program: Command, context: CommandContext): void => {
  withJson(program.command('view'))
    .description('show what was recorded: the spans as a waterfall, the track events, and what was removed')
    .argument(
      '[file]',
      'an inspect log, a file of OTLP lines, or - for standard input; default: the log, else the spool',
    )
    .option('--html <file>', 'write a page')
    .option('--open', 'show the page in a browser')
    .option('--all', 'each run, not the last alone')
    .option('--spool', 'what waits to be sent')
    .addHelpText(
      'after',
      `\nExamples:\n  $ ${program.name()} view\n  $ ${program.name()} view spans.jsonl --html spans.html`,
    )
    .action(
      withContext(context, async (setting, file: string | undefined, options: ViewOptions) => {
        const { view } = await import('./view.ts')
        await view(setting, file, options)
      }),
    )
}

const addSpoolCommands = (program: Command, context: CommandContext): void => {
  const spool = program.command('spool').description('what waits to be sent')
  withJson(spool.command('list', { isDefault: true }))
    .description('list it, oldest first')
    .action(withContext(context, listSpool))
  withJson(spool.command('clear')).description('delete it, unsent').action(withContext(context, clearSpool))
}

const addDeliveryCommands = (program: Command, context: CommandContext): void => {
  withJson(withDestinations(program.command('flush')))
    .description('send what waits, now')
    .option('--timeout <seconds>', 'when to give up', '30')
    .option('--debug', 'say what is done')
    .addHelpText('after', '\nExit codes: 0 nothing is left, 1 something is.')
    .action(
      withContext(context, async (setting, options: FlushOptions) => {
        const { flush } = await import('./flush.ts')
        return flush(setting, options)
      }),
    )
  withJson(withDestinations(program.command('doctor')))
    .description('check files, rights, certificates, proxy and endpoints, and say what to do')
    .addHelpText('after', '\nEach endpoint gets a request without an event. Exit codes: 0 no problem, 1 a problem.')
    .action(
      withContext(context, async (setting, options: DestinationOptions & Json) => {
        const { doctor } = await import('./doctor.ts')
        return doctor(setting, options)
      }),
    )
}

export const addUserCommands = (program: Command, context: CommandContext): Command => {
  addChoiceCommands(program, context)
  addViewCommand(program, context)
  addSpoolCommands(program, context)
  addDeliveryCommands(program, context)
  return program
}

export const newProgram = (name: string, version: string): Command =>
  new Command(name)
    .description('See and choose whether a command-line tool may send anonymous usage data.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeWhole(1, escapeLines(text)),
      writeErr: (text) => writeWhole(2, escapeLines(text)),
    })
    .showSuggestionAfterError()

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
