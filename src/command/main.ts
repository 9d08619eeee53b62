import { Command } from 'commander'
import { choose, secretOf } from '../policy/consent-file.ts'
import { removeFile } from '../policy/files.ts'
import { distro } from '../schema/distro.ts'
import type { BridgeCommandOptions } from './bridge.ts'
import { flush, type FlushOptions } from './flush.ts'
import { locate, type Places } from './places.ts'
import { statusOf, statusText } from './status.ts'
import { clear, waitingIn } from './waiting.ts'

/** The `cq-telemetry` command: the persisted choice of the user, for each tool that keeps its files in a directory. */

const set = (places: Places, enabled: boolean): void => {
  const { consent, randomIds } = locate(places)
  try {
    choose(consent, enabled, randomIds)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`the choice cannot be kept (${code ?? 'no code'}): check the rights of the home directory`, {
      cause: error,
    })
  }
  console.log(enabled ? 'Telemetry is on.' : 'Telemetry is off. What was recorded and the random id are deleted.')
}

const program = new Command('cq-telemetry')
  .description('See and choose whether a command-line tool may send anonymous usage data.')
  .version(distro.version)
  .option('--directory <name>', "the tool's directory in the home", '.cq')
  .option('--data-dir <path>', "the tool's data directory, where a random id may lie too", '.cq')
  .option('--env-prefix <prefix>', "prefix of the tool's variables", 'CQ')
  .addHelpText(
    'after',
    '\nExamples:\n  $ cq-telemetry status\n  $ cq-telemetry disable\n  $ cq-telemetry disable --directory .mytool',
  )

const places = (): Places => program.opts<Places>()

const print = (json: boolean | undefined, value: unknown, text: () => string): void =>
  console.log(json ? JSON.stringify(value, undefined, 1) : text())

interface Json {
  readonly json?: boolean
}

program
  .command('status')
  .description('say whether telemetry is on and what decided, what waits, and how the last delivery went')
  .option('--json', 'print JSON')
  .action(({ json }: Json) => {
    const status = statusOf(places())
    print(json, status, () => statusText(status))
  })
program
  .command('id')
  .description('print the random id that stands for this installation')
  .option('--reset', 'forget it, and the secret of the pseudonyms: the next run makes a new one')
  .option('--json', 'print JSON')
  .action(({ reset, json }: Json & { reset?: boolean }) => {
    const { consent, randomIds } = locate(places())
    if (reset) for (const file of [...randomIds, secretOf(consent)]) removeFile(file)
    const { id } = statusOf(places())
    print(json, { id }, () => id ?? 'There is no id: the next run that is recorded makes one.')
  })

const spool = program.command('spool').description('what waits to be sent')
spool
  .command('list', { isDefault: true })
  .description('list it, oldest first')
  .option('--json', 'print JSON')
  .action(({ json }: Json) => {
    const waiting = waitingIn(locate(places()).spool)
    print(json, waiting, () =>
      waiting.length === 0
        ? 'Nothing waits.'
        : waiting
            .map(
              ({ begun, state, spans, bytes, file }) =>
                `${begun}  ${state.padEnd(9)} ${spans} spans, ${bytes} bytes  ${file}`,
            )
            .join('\n'),
    )
  })
spool
  .command('clear')
  .description('delete it, unsent')
  .action(() => {
    const files = clear(locate(places()).spool)
    console.log(`Deleted ${files} ${files === 1 ? 'file' : 'files'}.`)
  })
program
  .command('disable')
  .description('switch it off for good, and delete what was recorded and the random id')
  .action(() => set(places(), false))
program
  .command('enable')
  .description('switch it on again')
  .action(() => set(places(), true))

program
  .command('flush')
  .description('send what waits, now; for hosts with delivery "manual"')
  .option('--otlp-endpoint <url>', 'base URL of an OpenTelemetry Collector; default: as the variables say')
  .option('--rudder-url <url>', 'data plane of RudderStack; default: CQ_RUDDER_URL')
  .option('--write-key-file <file>', 'file with its write key; default: CQ_RUDDER_WRITE_KEY')
  .option('--timeout <seconds>', 'when to give up', '30')
  .option('--debug', 'say what is done')
  .addHelpText('after', '\nExit codes: 0 nothing is left, 1 something is, or a mistake.')
  .action(async (options: FlushOptions) => {
    const { spool, consent } = locate(places())
    const left = await flush({ spool, consent }, options)
    console.log(left === 0 ? 'Nothing is left to send.' : `${left} files are left: see them with --debug.`)
    process.exitCode = left === 0 ? 0 : 1
  })

program
  .command('bridge')
  .description('receive spans over OTLP/HTTP, from a collector, and send them to RudderStack')
  .option('--listen <host:port>', 'where to listen', '127.0.0.1:4319')
  .option('--rudder-url <url>', 'data plane of RudderStack; default: CQ_RUDDER_URL')
  .option('--write-key-file <file>', 'file with its write key; default: CQ_RUDDER_WRITE_KEY')
  .option('--max-body <megabytes>', 'largest body, as it comes', '4')
  .option('--max-concurrent <requests>', 'requests at work at once; more get 429', '32')
  .option('--timeout <seconds>', 'within which Rudder has taken a request, or it gets 503', '10')
  .addHelpText(
    'after',
    '\nStateless: the collector in front keeps the queue. GET /health says what it has done. SIGTERM ends it when what\n' +
      'is at work is over.\n\nExample:\n' +
      '  $ cq-telemetry bridge --rudder-url https://data.example.org --write-key-file key',
  )
  .action(async (options: BridgeCommandOptions) => {
    const { bridge } = await import('./bridge.ts')
    await bridge(options)
    process.exit(0)
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error(`cq-telemetry: ${(error as Error).message}`)
  process.exitCode = 1
}
