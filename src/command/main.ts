import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { distro } from '../schema/distro.ts'
import type { BridgeCommandOptions } from './bridge.ts'
import type { CollectorCommandOptions } from './collector.ts'
import { collectorHelp } from './collector-help.ts'
import type { ExecOptions } from './exec.ts'
import type { InitOptions } from './init.ts'
import { addUserCommands, type CommandContext, newProgram, runProgram, withContext } from './program.ts'
import type { ReportOptions } from './report.ts'
import { type ExitCode, type Setting, settingFor } from './setting.ts'
import type { SymbolicateOptions } from './symbolicate.ts'
import type { Places } from '../api/places.ts'

/** The `cq-telemetry` command: for users and authors of any tool, and for operators of a collector. */

const name = 'cq-telemetry'
const program = newProgram(name, distro.version)
  .option('--tool <name>', 'the tool; the next four follow from its name (default: "cloudquery")')
  .option('--directory <name>', "the tool's directory in the home, e.g. .mytool")
  .option('--data-dir <path>', "the tool's data directory, where a random id may lie too, e.g. .mytool")
  .option('--env-prefix <prefix>', "prefix of the tool's variables, e.g. MYTOOL")
  .option('--log-file <path>', 'what the tool writes with --inspect-telemetry, e.g. mytool-telemetry.log')
  .addHelpText(
    'after',
    `
Examples:
  $ cq-telemetry status
  $ cq-telemetry disable --tool mytool
  $ cq-telemetry view cloudquery.log --open
  $ cq-telemetry exec --operation deploy --otlp-endpoint https://telemetry.example.org -- ./deploy.sh
  $ source <(cq-telemetry completion bash)    (bash needs its package bash-completion)

Exit codes: 0 fine, 1 it failed or found a problem, 2 wrong usage; exec ends as its command does.`,
  )

/** The setting of the tool that `--tool` names, else of `defaultTool`, which comes from `option`. */
const settingOfTool = (defaultTool: string, option = '--tool'): Setting => {
  const { tool, ...places } = program.opts<Partial<Places> & { readonly tool?: string }>()
  return settingFor(name, tool === undefined ? option : '--tool', tool ?? defaultTool, places)
}

const addExec = (program: Command, context: CommandContext): void => {
  program
    .command('exec')
    .description('run a program as an operation: its duration and its exit code are recorded, nothing else')
    .argument('<command...>', 'the program and its arguments, after --')
    .requiredOption('--operation <name>', 'name of the operation; it is sent')
    .option('--app <name>', 'name of the tool; it is sent', 'exec')
    .option('--app-version <version>', 'its version', '0.0.1')
    .option('--otlp-endpoint <url>', 'base URL of an OpenTelemetry Collector; default: as the variables say')
    .option('--rudder-url <url>', 'data plane of RudderStack; default: CQ_RUDDER_URL')
    .option('--write-key-file <file>', 'file with its write key; default: CQ_RUDDER_WRITE_KEY')
    .option('--no-telemetry', 'do not record this run')
    .option('--inspect-telemetry', 'write what would be sent to the log file, and send nothing')
    .option('--debug-telemetry', 'show errors of the telemetry itself')
    .addHelpText(
      'after',
      '\nSignals go to the program; the exit code, or the signal, is its own. It has TRACEPARENT in its environment.\n' +
        '\nExample:\n  $ cq-telemetry exec --operation build --app mybuild -- make all',
    )
    .action(
      withContext(context, async (_setting, command: string[], options: ExecOptions) => {
        const { exec } = await import('./exec.ts')
        await exec(settingOfTool(options.app, '--app'), command, options)
      }),
    )
}

const addOperatorCommands = (program: Command, context: CommandContext): void => {
  program
    .command('bridge')
    .description('receive spans over OTLP/HTTP, from a collector, and send them to RudderStack')
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:4319')
    .option('--rudder-url <url>', 'data plane of RudderStack; default: CQ_RUDDER_URL')
    .option('--write-key-file <file>', 'file with its write key; default: CQ_RUDDER_WRITE_KEY')
    .option('--max-body <megabytes>', 'largest body, as it comes', '4')
    .option('--max-concurrent <requests>', 'requests at work at once; more get 429', '32')
    .option('--timeout <seconds>', 'within which Rudder has taken a request, or it gets 503', '10')
    .option('--unready-after <seconds>', 'without Rudder taking anything, after which GET /ready answers 503', '30')
    .addHelpText(
      'after',
      '\nStateless: the collector in front keeps the queue. GET /health says that it is alive, GET /ready whether it can\n' +
        'send, GET /metrics what it has done, for Prometheus. SIGTERM ends it when what is at work is over.\n\nExample:\n' +
        '  $ cq-telemetry bridge --rudder-url https://data.example.org --write-key-file key',
    )
    .action(
      withContext(context, async (_setting, options: BridgeCommandOptions) => {
        const { bridge } = await import('./bridge.ts')
        await bridge(options)
      }),
    )
  program
    .command('collector')
    .description('run an OpenTelemetry Collector that receives spans; without a pipeline, only find or build it')
    .argument('[pipeline]', 'what it is for, see below')
    .option('--with <addition...>', 'additions, see below')
    .option('--validate', 'only check the configuration')
    .option('--print', 'only print a script that a service manager can start')
    .addHelpText('after', () => collectorHelp())
    .action(
      withContext(context, async (_setting, pipeline: string | undefined, options: CollectorCommandOptions) => {
        const { collector } = await import('./collector.ts')
        await collector(pipeline, options)
      }),
    )
  program
    .command('report')
    .description('count users, invocations, versions and failures in files of a collector')
    .argument('<file...>', 'files of OTLP lines, or folders of them')
    .option('--html <file>', 'also write a page with charts')
    .option('--json', 'print JSON in the place of tables')
    .option('--since <day>', 'the first day to count (UTC), e.g. 2026-11-01')
    .option('--until <day>', 'the last day to count')
    .option('--public', 'print only what may be published of a month, as Markdown')
    .option('--k <users>', 'with --public: the least users of a group; 20 by default')
    .option('--month <month>', 'with --public: e.g. 2026-10; default: the last that is complete')
    .addHelpText(
      'after',
      '\n--tool counts only that tool; else each has rows of its own.\nIt needs DuckDB: npm install @duckdb/node-api\n\n' +
        'Example:\n  $ cq-telemetry report spans --tool mytool --since 2026-11-01 --html report.html',
    )
    .action(
      withContext(context, async (_setting, files: string[], options: ReportOptions) => {
        const { report } = await import('./report.ts')
        await report(files, { ...options, ...program.opts<{ readonly tool?: string }>() })
      }),
    )
}

const addSymbolicate = (program: Command, context: CommandContext): void => {
  program
    .command('symbolicate')
    .description('group crash reports by fault, and find the lines of the source by the source maps of a release')
    .argument('<file...>', 'files of OTLP lines, or folders of them: of a collector or a spool; - for standard input')
    .option('--release <path>', 'folder or .tgz of a release; once for each', (path, before: string[] = []) => [
      ...before,
      path,
    ])
    .option('--issue', 'print the text of an issue about the worst')
    .option('--fingerprint <digits>', 'only the fault whose fingerprint begins so')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA release is the one of a report if its package.json has the same version.\n\nExample:\n' +
        '  $ cq-telemetry symbolicate spans --release mytool-1.2.3.tgz --issue',
    )
    .action(
      withContext(context, async (_setting, files: string[], options: SymbolicateOptions) => {
        const { symbolicate } = await import('./symbolicate.ts')
        await symbolicate(files, options)
      }),
    )
}

const addAuthorCommands = (program: Command, context: CommandContext): void => {
  program
    .command('init')
    .description('write the first lines into a project, and the page for its users')
    .argument('[directory]', 'the project: where its package.json is', '.')
    .option('--endpoint <url>', 'where its telemetry goes: an OpenTelemetry Collector', 'https://telemetry.example.org')
    .option('--force', 'overwrite what is there')
    .option('--dry-run', 'print what would be written')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ npx cq-telemetry init --endpoint https://telemetry.mytool.dev')
    .action(
      withContext(context, async (_setting, directory: string, options: InitOptions) => {
        const { init } = await import('./init.ts')
        init(directory, options)
      }),
    )
}

/** For a publisher who can reduce what installed versions record. */
const addControls = (program: Command, context: CommandContext): void => {
  const controls = program
    .command('controls')
    .description('make the signed file with which a publisher reduces what installed versions record')
  controls
    .command('keygen')
    .description('write a new private key, and print its public key')
    .requiredOption('--key <file>', 'file for the private key; it must not exist')
    .addHelpText('after', '\nExample:\n  $ cq-telemetry controls keygen --key controls.pem')
    .action(
      withContext(context, async (_setting, options: { readonly key: string }) => {
        const { keygen } = await import('./controls.ts')
        keygen(options)
      }),
    )
  controls
    .command('sign')
    .description('print a control file with its signature')
    .argument('<file>', 'JSON: { "tool": "mytool", "rules": [{ "versions": ["<1.2.3"], "stop": "usage" }] }')
    .requiredOption('--key <file>', 'the private key')
    .addHelpText(
      'after',
      '\nA rule has any of: "versions", exact ones or "<1.2.3"; "stop", which is "all", "crashes" or "usage"; "sampleRate",\n' +
        'from 0 to 1, or such numbers by operation.\n\nExample:\n  $ cq-telemetry controls sign rules.json --key controls.pem > telemetry-controls',
    )
    .action(
      withContext(context, async (_setting, file: string, options: { readonly key: string }) => {
        const { sign } = await import('./controls.ts')
        sign(file, options)
      }),
    )
}

let code: ExitCode = 0
const context: CommandContext = {
  setting: () => settingOfTool('cloudquery'),
  done: (exitCode) => (code = exitCode),
}
addUserCommands(program, context)
addExec(program, context)
addOperatorCommands(program, context)
addAuthorCommands(program, context)
addSymbolicate(program, context)
addControls(program, context)
tab(program, { completionCommandName: 'completion' })
program.commands
  .find((command) => command.name() === 'completion')
  ?.description('print a script that completes commands in your shell')
  .addHelpText('after', `\nExample:\n  $ source <(${name} completion bash)`)

process.exitCode = await runProgram(program, process.argv.slice(2), () => code)
