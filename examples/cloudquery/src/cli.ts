import { Command, CommanderError } from 'commander'
import { argsOfTelemetryCommand, telemetryCommand, telemetryFlags } from 'cq-telemetry/adapter'
import { watchCancellation } from './cancel.ts'
import { fail, fetch, type Globals, init, policyRun, providerList, version } from './commands.ts'
import { defaultDataDir, exitCodes } from './globals.ts'
import { build, options, telemetry } from './telemetry.ts'

const cancellation = watchCancellation()

const program = new Command('cloudquery')
  .description(
    'Fetch what a PostgreSQL server and this machine tell of themselves into tables, and check policies over them.',
  )
  .version(build.version)
  .option('--config <file>', 'configuration, default cloudquery.yml or cloudquery.yaml')
  .option('--dsn <url>', 'server to write to, e.g. postgres://user@host:5432/db; default: one of its own')
  .option('--data-dir <directory>', "where cloudquery's own server keeps its data", defaultDataDir)
  .exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage
    throw error
  })
  .addHelpText(
    'after',
    `
Examples:
  $ cloudquery fetch                     fetch everything into a database of its own
  $ cloudquery fetch host --dsn postgres://me@localhost/inventory
  $ cloudquery policy run policies/postgres-basics.yml
  $ cloudquery fetch --inspect-telemetry see what telemetry would be sent

Exit codes: 0 success, 1 failure, 2 wrong usage, 3 a policy has found something, 130 Ctrl-C.`,
  )
for (const { flags, description } of telemetryFlags()) program.option(flags, description)

// Before a command, and not before its help.
program.hook('preAction', () => telemetry.ask())

const globals = (): Globals => program.opts<Globals>()

program
  .command('init')
  .description('write a configuration with comments')
  .option('--force', 'overwrite it')
  .action(({ force }: { force?: boolean }) => init(globals(), force === true))
program
  .command('fetch')
  .description('fetch the tables of the providers')
  .argument('[providers...]', 'only these of the configuration')
  .action((named: string[]) => fetch(globals(), named, cancellation))
program
  .command('policy')
  .description('policies over the fetched tables')
  .command('run')
  .description('run the checks of a YAML file')
  .argument('<file>', 'the policy')
  .option('--only <check>', 'this check alone')
  .action(async (file: string, { only }: { only?: string }) => {
    if ((await policyRun(globals(), file, only)) > 0) process.exitCode = exitCodes.found
  })
program
  .command('provider')
  .description('providers')
  .command('list')
  .description('list them with their tables')
  .action(providerList)
program
  .command(telemetryCommand.name)
  .description(telemetryCommand.description)
  .argument('[args...]')
  .allowUnknownOption()
  .helpOption(false)
  .action(async () => {
    const { runTelemetryCommand } = await import('cq-telemetry/command')
    process.exitCode = await runTelemetryCommand(argsOfTelemetryCommand(process.argv.slice(2)), options)
  })
program.command('version').description('say the version, commit and date of the build').action(version)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has said what is wrong with the usage.
  if (!(error instanceof CommanderError)) process.exitCode = fail(error, cancellation)
}
