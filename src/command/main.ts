import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { distro } from '../schema/distro.ts'
import type { BridgeCommandOptions } from './bridge.ts'
import type { CollectorCommandOptions } from './collector.ts'
import type { ContractOptions } from './contract.ts'
import { collectorHelp } from './collector-help.ts'
import type { ExecOptions } from './exec.ts'
import type { InitOptions } from './init.ts'
import { addUserCommands, type CommandContext, newProgram, runProgram, withContext } from './program.ts'
import type { ReportOptions } from './report.ts'
import { type ExitCode, exitCodes, say, type Setting, settingFor } from './setting.ts'
import type { SymbolicateOptions } from './symbolicate.ts'
import type { Places } from '../api/places.ts'

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

/** The setting of the tool that `--tool` names, else of `defaultTool`, which comes from `option`. */
const settingOfTool = (defaultTool: string, option = '--tool'): Setting => {
  const { tool, ...places } = program.opts<Partial<Places> & { readonly tool?: string }>()
  return settingFor(name, tool === undefined ? option : '--tool', tool ?? defaultTool, places)
}

const addExec = (program: Command, context: CommandContext): void => {
  program
    .command('exec')
    .description('run any program, and record its duration and its exit code, nothing else')
    .argument('<command...>', 'the program and its arguments, after --')
    .requiredOption('--operation <name>', 'name of the operation; it is sent')
    .option('--app <name>', 'name of the tool; it is sent', 'exec')
    .option('--app-version <version>', 'its version', '0.0.1')
    .option('--otlp-endpoint <url>', 'base URL of an OpenTelemetry Collector; default: that of the variables')
    .option('--rudder-url <url>', 'data plane of RudderStack; default: CQ_RUDDER_URL')
    .option('--write-key-file <file>', 'file with its write key; default: CQ_RUDDER_WRITE_KEY')
    .option('--no-telemetry', 'do not record this run')
    .option('--inspect-telemetry', 'show what would be sent, and send nothing')
    .option('--debug-telemetry', 'print what telemetry does, and why')
    .addHelpText(
      'after',
      '\nSignals go to the program. It ends with the exit code or the signal of the program. The program finds the trace in\n' +
        'TRACEPARENT.\n' +
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

const addSymbolicate = (program: Command, context: CommandContext): void => {
  program
    .command('symbolicate')
    .description('group crash reports by fault, and show the lines of your source by the source maps of a release')
    .argument('<file...>', 'files of OTLP lines from a collector or a spool, or folders of them; - for standard input')
    .option(
      '--release <path>',
      'folder or .tgz of a release; may be given several times',
      (path, before: string[] = []) => [...before, path],
    )
    .option('--issue', 'print the text of an issue about the worst fault')
    .option('--fingerprint <digits>', 'only the fault whose fingerprint begins so')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA release belongs to a report if its package.json has the version of the report.\n\nExample:\n' +
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
    .description('add telemetry to your tool: write the first lines, and a page for its users')
    .argument('[directory]', 'the project: where its package.json is', '.')
    .option('--endpoint <url>', 'OpenTelemetry Collector that its telemetry goes to', 'https://telemetry.example.org')
    .option('--force', 'overwrite files that are there')
    .option('--dry-run', 'print the files, and write nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ npx cq-telemetry init --endpoint https://telemetry.mytool.dev')
    .action(
      withContext(context, async (_setting, directory: string, options: InitOptions) => {
        const { init } = await import('./init.ts')
        init(directory, options)
      }),
    )
  program
    .command('contract')
    .description('write telemetry.lock.json, which lists everything that a tool may collect, or check it in CI')
    .argument('<command...>', 'a command of the tool that calls instrument() and does no harm, after --')
    .option('--check', 'compare with the file, and say what has become wider, narrower or different')
    .option('--lock <file>', 'the file', 'telemetry.lock.json')
    .option('--weaver <directory>', "also write it as a registry of OpenTelemetry's semantic conventions, for Weaver")
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe tool really runs the command. It records and sends nothing.\nExit codes with --check: 0 if nothing more is ' +
        'collected than the file says, 1 if something is.\n\nExample:\n  $ cq-telemetry contract --check -- node dist/cli.js --version',
    )
    .action(
      withContext(context, async (_setting, command: string[], options: ContractOptions) => {
        const { contract } = await import('./contract.ts')
        return contract(command, options)
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
program.commandsGroup('Commands for users:')
addUserCommands(program, context)
program.commandsGroup('Commands for authors and operators:')
addAuthorCommands(program, context)
addExec(program, context)
addSymbolicate(program, context)
addControls(program, context)
addOperatorCommands(program, context)
tab(program, { completionCommandName: 'completion' })
program.commands
  .find((command) => command.name() === 'completion')
  ?.description('print a script that completes commands in your shell')
  .helpGroup('Commands:')
  .addHelpText('after', `\nbash needs its package bash-completion.\n\nExample:\n  $ source <(${name} completion bash)`)

/**
 * The command whose program stands there without `--`, so that an option of that program, such as `--version`, would be taken
 * for one of ours: `contract --check` would pass in CI without a check.
 */
const withoutDashes = (args: readonly string[]): string | undefined => {
  // All options before the command have a value, but for those that end this program.
  const at = args.findIndex((arg, index) => !arg.startsWith('-') && !/^--[^=]+$/.test(args[index - 1] ?? ''))
  const command = program.commands.find((each) => each.name() === args[at] && /^(?:contract|exec)$/.test(each.name()))
  const isBare = command && !args.includes('--') && command.parseOptions(args.slice(at + 1)).operands.length > 0
  return isBare ? command.name() : undefined
}

const args = process.argv.slice(2)
const bare = withoutDashes(args)
if (bare !== undefined) say(`${name}: write -- before the program: ${name} ${bare} … -- node cli.js --version`)
process.exitCode = bare === undefined ? await runProgram(program, args, () => code) : exitCodes.usage
