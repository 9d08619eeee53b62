import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Command } from 'commander'
import { findCollector } from './build.ts'
import { countryDatabase } from './countries.ts'
import { additions, configArguments, memoryLimit, pipelines } from './pipelines.ts'
import { endTruncatedLine } from './truncated-line.ts'

/** The command `npm run collector`: finds or builds the collector, and runs a pipeline with it. */

interface Options {
  readonly with?: readonly string[]
  readonly validate?: boolean
  readonly print?: boolean
}

const say = (line: string): void => console.error(`collector: ${line}`)

const environment = (added: readonly string[]): NodeJS.ProcessEnv => ({
  ...process.env,
  GOMEMLIMIT: memoryLimit(process.env),
  ...(added.includes('geo') && !process.env['CQ_GEO'] && { CQ_GEO: countryDatabase() }),
})

/** Runs the collector in the foreground: forwards signals to it, and ends with its exit code. */
const runForeground = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): void => {
  const child = spawn(command, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
}

const runPipeline = (name: string, { with: added = [], validate, print }: Options): void => {
  const config = configArguments(name, added)
  const collector = findCollector(say)
  const args = validate ? ['validate', ...config] : config
  if (print) return console.log(['env', `GOMEMLIMIT=${memoryLimit(process.env)}`, collector, ...args].join(' '))
  if (!validate) endTruncatedLine(process.env['CQ_DATA'] ?? 'collector-data')
  runForeground(collector, args, environment(added))
}

const list = (table: typeof pipelines): string =>
  Object.entries(table)
    .map(([name, { purpose }]) => `  ${name.padEnd(11)} ${purpose}`)
    .join('\n')

const program = new Command('npm run collector --')
  .description('Run a pipeline of collector-config/; without a name, only find or build the collector.')
  .argument('[pipeline]')
  .option('--with <addition...>', 'additions, see below')
  .option('--validate', 'only check the configuration')
  .option('--print', 'only print the command')
  .addHelpText(
    'after',
    `\nPipelines:\n${list(pipelines)}\n\nAdditions:\n${list(additions)}\n\n` +
      'OTELCOL_BIN names a collector of your own. docs/collector.md has the variables of each pipeline.\n\n' +
      'Example:\n  $ CQ_KEYS_FILE=keys npm run collector -- all-in-one --with geo',
  )
  .action((name: string | undefined, options: Options) => {
    if (name === undefined) console.log(findCollector(say))
    else runPipeline(name, options)
  })

try {
  program.parse()
} catch (error) {
  console.error(`collector: ${(error as Error).message}`)
  process.exitCode = 1
}
