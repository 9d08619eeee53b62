import type { Command } from 'commander'
import type { ContractOptions } from './contract.ts'
import type { ExecOptions } from './exec.ts'
import type { InitOptions } from './init.ts'
import { type CommandContext, withContext } from './program.ts'
import type { Setting } from './setting.ts'
import type { SymbolicateOptions } from './symbolicate.ts'

/** The commands for authors and publishers of tools. Each is imported only when it is called. */

const addInit = (program: Command, context: CommandContext): void => {
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
}

const addContract = (program: Command, context: CommandContext): void => {
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

/** The setting for the tool that `exec --app` names. */
type SettingOfApp = (app: string) => Setting

const addExec = (program: Command, context: CommandContext, settingOfApp: SettingOfApp): void => {
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
        await exec(settingOfApp(options.app), command, options)
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

export const addAuthorCommands = (program: Command, context: CommandContext, settingOfApp: SettingOfApp): void => {
  addInit(program, context)
  addContract(program, context)
  addExec(program, context, settingOfApp)
  addSymbolicate(program, context)
  addControls(program, context)
}
