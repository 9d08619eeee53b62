import type { Command } from 'commander'
import type { BridgeCommandOptions } from './bridge.ts'
import { collectorHelp } from './collector-help.ts'
import type { CollectorCommandOptions } from './collector.ts'
import { type CommandContext, withContext } from './program.ts'
import type { ReportOptions } from './report.ts'

/** The commands for operators, who receive what tools send. Each is imported only when it is called. */

const addBridge = (program: Command, context: CommandContext): void => {
  program
    .command('bridge')
    .description('receive spans over OTLP/HTTP, from a collector, and send them to RudderStack')
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:4319')
    .option('--rudder-url <url>', 'data plane of RudderStack; default: CQ_RUDDER_URL')
    .option('--write-key-file <file>', 'file with its write key; default: CQ_RUDDER_WRITE_KEY')
    .option('--max-body <megabytes>', 'largest body, before it is decompressed', '4')
    .option('--max-concurrent <requests>', 'most requests in progress; more get 429', '32')
    .option('--timeout <seconds>', 'how long RudderStack may take for a request; after that it gets 503', '10')
    .option(
      '--unready-after <seconds>',
      'how long RudderStack may take nothing; after that GET /ready answers 503',
      '30',
    )
    .addHelpText(
      'after',
      '\nThe bridge stores nothing. The collector before it keeps the queue. SIGTERM ends the bridge after the requests in\n' +
        'progress.\n\nPaths:\n' +
        '  GET /health   whether it is alive\n' +
        '  GET /ready    whether it can send\n' +
        '  GET /metrics  what it has done, for Prometheus\n\nExample:\n' +
        '  $ cq-telemetry bridge --rudder-url https://data.example.org --write-key-file key',
    )
    .action(
      withContext(context, async (_setting, options: BridgeCommandOptions) => {
        const { bridge } = await import('./bridge.ts')
        await bridge(options)
      }),
    )
}

const addCollector = (program: Command, context: CommandContext): void => {
  program
    .command('collector')
    .description(
      'run an OpenTelemetry Collector that receives spans; without a pipeline, print its path and build it if needed',
    )
    .argument('[pipeline]', 'which spans it takes and where they go, see below')
    .option('--with <addition...>', 'more steps and destinations, see below')
    .option('--validate', 'check the configuration and end')
    .option('--print', 'print a script for a service manager and end')
    .addHelpText('after', () => collectorHelp())
    .action(
      withContext(context, async (_setting, pipeline: string | undefined, options: CollectorCommandOptions) => {
        const { collector } = await import('./collector.ts')
        await collector(pipeline, options)
      }),
    )
}

const addReport = (program: Command, context: CommandContext): void => {
  program
    .command('report')
    .description('count users, invocations, versions and failures in files of a collector')
    .argument('<file...>', 'files of OTLP lines, or folders of them')
    .option('--html <file>', 'write a page with charts, too')
    .option('--json', 'print JSON instead of tables')
    .option('--since <day>', 'the first day to count (UTC), e.g. 2026-11-01')
    .option('--until <day>', 'the last day to count')
    .option('--public', 'print what you may publish of a month, as Markdown')
    .option('--k <users>', 'with --public: leave out groups of fewer users; default: 20')
    .option('--month <month>', 'with --public: the month, e.g. 2026-10; default: the last complete one')
    .addHelpText(
      'after',
      '\n--tool counts one tool. Without it, each tool has its own rows.\nThis needs DuckDB: npm install @duckdb/node-api\n\n' +
        'Example:\n  $ cq-telemetry report spans --tool mytool --since 2026-11-01 --html report.html',
    )
    .action(
      withContext(context, async (_setting, files: string[], options: ReportOptions) => {
        const { report } = await import('./report.ts')
        await report(files, { ...options, ...program.opts<{ readonly tool?: string }>() })
      }),
    )
}

export const addOperatorCommands = (program: Command, context: CommandContext): void => {
  addBridge(program, context)
  addCollector(program, context)
  addReport(program, context)
}
