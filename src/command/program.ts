import { Command, Help, type HelpConfiguration } from 'commander'
import type { DestinationOptions } from './destinations.ts'
import { disable, enable, showId } from './choice.ts'
import { writeWhole } from '../machine/output.ts'
import { escapeControls, escapeLines } from '../machine/visible.ts'
import { type ExitCode, exitCodes, type Json, locate, print, say, type Setting } from './setting.ts'
import { clearSpool, listSpool } from './spool.ts'
import { statusOf, statusText } from './status.ts'
import { forStderr, forStdout } from './layout.ts'
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

/** Examples in the help of a command, without the name of the program. */
const withExamples = (command: Command, program: Command, ...examples: readonly string[]): Command => {
  const lines = examples.map((example) => `  $ ${program.name()} ${example}`)
  return command.addHelpText('after', `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${lines.join('\n')}`)
}

const withJson = (command: Command): Command => command.option('--json', 'print JSON')

const withDestinations = (command: Command): Command =>
  command
    .option(
      '--otlp-endpoint <url>',
      'base URL of an OpenTelemetry Collector; default: that of the tool, or of the variables',
    )
    .option('--rudder-url <url>', 'data plane of RudderStack; default: that of the tool, or CQ_RUDDER_URL')
    .option('--write-key-file <file>', 'file with its write key; default: that of the tool, or CQ_RUDDER_WRITE_KEY')

const addChoiceCommands = (program: Command, context: CommandContext): void => {
  withExamples(withJson(program.command('status')), program, 'status', 'status --json')
    .description('print whether telemetry is on and why, what waits, and how the last delivery went')
    .action(
      withContext(context, (setting, { json }: Json) => {
        locate(setting)
        const status = statusOf(setting)
        print(json, status, () => forStdout(statusText(setting, status)))
      }),
    )
  withExamples(withJson(program.command('enable')), program, 'enable', 'enable --only crashes')
    .description('switch telemetry on')
    .option(
      '--only <what>',
      'what you allow: "crashes" (crash reports alone), "usage" (all but crash reports) or "all"',
      'all',
    )
    .action(withContext(context, enable))
  withExamples(withJson(program.command('disable')), program, 'disable')
    .description('switch telemetry off for good, and delete what was recorded and the random id')
    .action(withContext(context, disable))
  withExamples(withJson(program.command('id')), program, 'id', 'id --reset')
    .description('print the random id of this installation, or delete it')
    .option('--reset', 'delete it and the secret of the pseudonyms; the next run makes a new one')
    .action(withContext(context, showId))
}

const addViewCommand = (program: Command, context: CommandContext): void => {
  withExamples(withJson(program.command('view')), program, 'view', 'view spans.jsonl --html spans.html')
    .description('show what was recorded: the spans as a waterfall, the track events, and what was removed')
    .argument(
      '[file]',
      'a log of --inspect-telemetry, a file of OTLP lines, or - for standard input; default: the log of this directory, else what waits to be sent',
    )
    .option('--html <file>', 'write a page to this file')
    .option('--open', 'show the page in a browser')
    .option('--all', 'show each run, not only the last')
    .option('--spool', 'show what waits to be sent')
    .action(
      withContext(context, async (setting, file: string | undefined, options: ViewOptions) => {
        const { view } = await import('./view.ts')
        await view(setting, file, options)
      }),
    )
}

const addSpoolCommands = (program: Command, context: CommandContext): void => {
  const spool = withExamples(program.command('spool'), program, 'spool', 'spool clear').description(
    'list or delete what waits to be sent',
  )
  withExamples(withJson(spool.command('list', { isDefault: true })), program, 'spool list --json')
    .description('list what waits to be sent, oldest first')
    .action(withContext(context, listSpool))
  withExamples(withJson(spool.command('clear')), program, 'spool clear')
    .description('delete what waits, without sending it')
    .action(withContext(context, clearSpool))
}

const addDeliveryCommands = (program: Command, context: CommandContext): void => {
  withExamples(withJson(withDestinations(program.command('flush'))), program, 'flush', 'flush --timeout 5')
    .description('send what waits now, also to a destination that is paused after a failure')
    .option('--timeout <seconds>', 'give up after this time, at most 3600', '30')
    .option('--debug', 'print what is done')
    .addHelpText('after', '\nExit codes: 0 if nothing is left, 1 if something is.')
    .action(
      withContext(context, async (setting, options: FlushOptions) => {
        const { flush } = await import('./flush.ts')
        return flush(setting, options)
      }),
    )
  withExamples(withJson(withDestinations(program.command('doctor'))), program, 'doctor')
    .description('check files, rights, certificates, proxy and endpoints, and say what to do if nothing arrives')
    .addHelpText(
      'after',
      '\nEach endpoint gets a request without an event. While telemetry is off, none is asked.\nExit codes: 0 if there is no problem, 1 if there is one.',
    )
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

/** Begins with a capital and has no full stop. */
const asTitle = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '')

/** Commander's message as ours are: with our name, and one sentence without a full stop. */
const asOurs = (text: string, name: string): string =>
  text
    .replace(/^error: (?:command-argument value )?/, `${name}: `)
    .replace(/\. (Expected|Allowed)/, (_, word: string) => `: ${word.toLowerCase()}`)
    .replace(/\.$/m, '')

/** Every description in the help is written in the same way. `forStdout` wraps them. */
const helpStyle: HelpConfiguration = {
  helpWidth: Infinity,
  showGlobalOptions: true,
  commandDescription: (command) => asTitle(command.description()),
  subcommandDescription: (command) => asTitle(command.summary() || command.description()),
  optionDescription: (option) => asTitle(Help.prototype.optionDescription(option)),
  argumentDescription: (argument) => asTitle(Help.prototype.argumentDescription(argument)),
}

/** `tool` is whose data it is about, e.g. `mytool`. */
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
