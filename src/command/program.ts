import { Command } from 'commander'
import type { DestinationOptions } from './destinations.ts'
import { setChoice, showId } from './choice.ts'
import { type ExitCode, exitCodes, type Json, print, type Setting } from './setting.ts'
import { clearSpool, listSpool } from './spool.ts'
import { statusOf, statusText } from './status.ts'
import type { FlushOptions } from './flush.ts'
import type { ViewOptions } from './view.ts'

/** The commands that a user of any instrumented tool has, alone or as a part of the tool. What one needs is loaded when it is called. */

type Action = (setting: Setting, ...given: never[]) => Promise<ExitCode | void> | ExitCode | void

export interface Mounted {
  /** Asked when a command runs: before, the options are not parsed. */
  readonly setting: () => Setting
  readonly done: (code: ExitCode) => void
}

/** Commander hands an action its arguments, its options and itself; ours get the setting first. */
export const acting =
  ({ setting, done }: Mounted, action: Action) =>
  async (...given: unknown[]): Promise<void> => {
    done((await action(setting(), ...(given.slice(0, -1) as never[]))) ?? 0)
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

const addChoice = (program: Command, mounted: Mounted): void => {
  withJson(program.command('status'))
    .description('say whether telemetry is on and what decided, what waits, and how the last delivery went')
    .action(
      acting(mounted, (setting, { json }: Json) => {
        const status = statusOf(setting)
        print(json, status, () => statusText(status))
      }),
    )
  withJson(program.command('enable'))
    .description('switch it on')
    .action(acting(mounted, (setting, options: Json) => setChoice(setting, true, options)))
  withJson(program.command('disable'))
    .description('switch it off for good, and delete what was recorded and the random id')
    .action(acting(mounted, (setting, options: Json) => setChoice(setting, false, options)))
  withJson(program.command('id'))
    .description('print the random id that stands for this installation')
    .option('--reset', 'forget it, and the secret of the pseudonyms: the next run makes a new one')
    .action(acting(mounted, showId))
}

const addView = (program: Command, mounted: Mounted): void => {
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
      acting(mounted, async (setting, file: string | undefined, options: ViewOptions) => {
        const { view } = await import('./view.ts')
        await view(setting, file, options)
      }),
    )
}

const addSpool = (program: Command, mounted: Mounted): void => {
  const spool = program.command('spool').description('what waits to be sent')
  withJson(spool.command('list', { isDefault: true }))
    .description('list it, oldest first')
    .action(acting(mounted, listSpool))
  withJson(spool.command('clear')).description('delete it, unsent').action(acting(mounted, clearSpool))
}

const addDelivery = (program: Command, mounted: Mounted): void => {
  withJson(withDestinations(program.command('flush')))
    .description('send what waits, now')
    .option('--timeout <seconds>', 'when to give up', '30')
    .option('--debug', 'say what is done')
    .addHelpText('after', '\nExit codes: 0 nothing is left, 1 something is.')
    .action(
      acting(mounted, async (setting, options: FlushOptions) => {
        const { flush } = await import('./flush.ts')
        return flush(setting, options)
      }),
    )
  withJson(withDestinations(program.command('doctor')))
    .description('check files, rights, certificates, proxy and endpoints, and say what to do')
    .addHelpText('after', '\nEach endpoint gets a request without an event. Exit codes: 0 no problem, 1 a problem.')
    .action(
      acting(mounted, async (setting, options: DestinationOptions & Json) => {
        const { doctor } = await import('./doctor.ts')
        return doctor(setting, options)
      }),
    )
}

/** Adds what a user of a tool needs. */
export const addUserCommands = (program: Command, mounted: Mounted): Command => {
  addChoice(program, mounted)
  addView(program, mounted)
  addSpool(program, mounted)
  addDelivery(program, mounted)
  return program
}

export const newProgram = (name: string, version: string): Command =>
  new Command(name)
    .description('See and choose whether a command-line tool may send anonymous usage data.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()

const isHelp = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && /^commander\.(?:help|version)/.test(error.code)

/** What an error says as an exit code; it is printed unless Commander has done so. */
const codeOf = (error: unknown, name: string): ExitCode => {
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 || isHelp(error) ? 0 : exitCodes.usage
  const wrong = error as Error
  console.error(`${name}: ${wrong.message}`)
  return wrong.name === 'UsageError' ? exitCodes.usage : exitCodes.failed
}

/** Runs a command. Resolves with the exit code: 0 fine, 1 it failed or found a problem, 2 wrong usage. Never rejects. */
export const runProgram = async (
  program: Command,
  args: readonly string[],
  done: () => ExitCode,
): Promise<ExitCode> => {
  try {
    await program.parseAsync(args, { from: 'user' })
    return done()
  } catch (error) {
    return codeOf(error, program.name())
  }
}
