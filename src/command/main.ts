import { Command } from 'commander'
import { choose, readChoice } from '../policy/consent-file.ts'
import { pathsFor } from '../policy/paths.ts'
import { distro } from '../schema/distro.ts'
import type { BridgeCommandOptions } from './bridge.ts'
import { flush, type FlushOptions } from './flush.ts'

/** The `cq-telemetry` command: the persisted choice of the user, for each tool that keeps its files in a directory. */

interface Places {
  readonly directory: string
  readonly dataDir: string
}

const locate = ({ directory, dataDir }: Places) => {
  const paths = pathsFor({ directory, dataDir, logFile: 'cloudquery.log' })
  if (paths.consent === undefined) throw new Error('there is no home directory of this user: set HOME')
  return { consent: paths.consent, spool: paths.spool ?? '', randomIds: paths.randomIds }
}

const report: Record<ReturnType<typeof readChoice>['kind'], string> = {
  none: 'on: nothing was chosen',
  enabled: 'on',
  disabled: 'off: cq-telemetry disable',
  unreadable: 'off: the consent file cannot be read; "cq-telemetry enable" or "disable" writes it anew',
}

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
  .addHelpText(
    'after',
    '\nExamples:\n  $ cq-telemetry status\n  $ cq-telemetry disable\n  $ cq-telemetry disable --directory .mytool',
  )

const places = (): Places => program.opts<Places>()

program
  .command('status')
  .description('say whether telemetry is on, and where that is kept')
  .action(() => {
    const { consent } = locate(places())
    console.log(`Telemetry is ${report[readChoice(consent).kind]} (${consent})`)
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
