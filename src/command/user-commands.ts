import type { Command } from 'commander'
import { disable, enable, showId } from './choice.ts'
import type { DestinationOptions } from './destinations.ts'
import type { FlushOptions } from './flush.ts'
import { forStdout } from './layout.ts'
import { type CommandContext, withContext } from './program.ts'
import { type Json, locate, print } from './setting.ts'
import { clearSpool, listSpool } from './spool.ts'
import { statusOf } from './status.ts'
import { statusText } from './status-text.ts'
import type { ViewOptions } from './view.ts'

/**
 * The commands for the users of an instrumented tool, as part of `cq-telemetry` or of the tool itself. Larger commands
 * are imported only when they are called.
 */

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

const withForget = (command: Command): Command =>
  withJson(
    withDestinations(
      command.option('--forget', 'ask the publisher to delete what was received under the id: sends one request'),
    ),
  ).addHelpText(
    'after',
    '\n--otlp-endpoint, --rudder-url and --write-key-file are for --forget. Its exit codes: 0 if the request is taken, 1 if not.',
  )

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
  withExamples(withForget(program.command('disable')), program, 'disable', 'disable --forget')
    .description('switch telemetry off for good, and delete what was recorded and the random id')
    .action(withContext(context, disable))
  withExamples(withForget(program.command('id')), program, 'id', 'id --reset')
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
