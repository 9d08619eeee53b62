/** The lines that are specific to a framework: in the file that `init` writes, and in the steps that it prints. */

export const frameworks = ['commander', 'yargs', 'citty', '@oclif/core', 'cac', 'clipanion', '@stricli/core'] as const
export type Framework = (typeof frameworks)[number]

export interface Recipe {
  readonly imports: string
  /** The exported code in JavaScript. */
  readonly call: string
  /** The exported code in TypeScript, if it differs. */
  readonly typed?: string
  /** The names of the exports that the program imports. */
  readonly names: readonly string[]
  /** The code that uses them in the program. */
  readonly use: string
  /** Whether the adapter adds `mytool telemetry` to a program with commands. */
  readonly addsCommand: boolean
}

const usual = { names: ['withTelemetry'], addsCommand: true } as const

export const recipes: Readonly<Record<Framework | 'plain', Recipe>> = {
  commander: {
    ...usual,
    imports: "import { instrumentCommander } from 'cq-telemetry/commander'",
    call: `/** Call it with the program before it parses. */
export const withTelemetry = (program) => instrumentCommander(program, options)`,
    typed: `/** Call it with the program before it parses. */
export const withTelemetry = (program: import('commander').Command) => instrumentCommander(program, options)`,
    use: 'call withTelemetry(program) before program.parse() or parseAsync()',
  },
  yargs: {
    ...usual,
    imports: "import { instrumentYargs } from 'cq-telemetry/yargs'",
    call: `/** Call it before the commands are defined. */
export const withTelemetry = (cli) => instrumentYargs(cli, options)`,
    typed: `/** Call it before the commands are defined. */
export const withTelemetry = <T>(cli: import('yargs').Argv<T>) => instrumentYargs(cli, options)`,
    use: 'begin with withTelemetry(yargs(hideBin(process.argv))).command(…)',
  },
  citty: {
    ...usual,
    imports: "import { instrumentCitty } from 'cq-telemetry/citty'",
    call: 'export const withTelemetry = (main) => instrumentCitty(main, options)',
    typed: `export const withTelemetry = <T extends import('citty').CommandDef<any>>(main: T): T => instrumentCitty(main, options)`,
    use: 'write runMain(withTelemetry(main))',
  },
  '@oclif/core': {
    imports: "import { oclifHooks } from 'cq-telemetry/oclif'",
    call: `const hooks = oclifHooks(options)
export const init = hooks.init
export const prerun = hooks.prerun
export const atTheEnd = hooks.finally`,
    names: [],
    use: '',
    addsCommand: true,
  },
  cac: {
    ...usual,
    imports: "import { instrumentCac } from 'cq-telemetry/cac'",
    call: `/** Call it with the program before it parses. */
export const withTelemetry = (cli) => instrumentCac(cli, options)`,
    typed: `/** Call it with the program before it parses. */
export const withTelemetry = (cli: import('cac').CAC) => instrumentCac(cli, options)`,
    use: 'call withTelemetry(cli) before cli.parse()',
  },
  clipanion: {
    ...usual,
    imports: "import { instrumentClipanion } from 'cq-telemetry/clipanion'",
    call: `/** Call it with the program before it runs. */
export const withTelemetry = (cli) => instrumentClipanion(cli, options)`,
    typed: `/** Call it with the program before it runs. */
export const withTelemetry = <Context extends import('clipanion').BaseContext>(cli: import('clipanion').Cli<Context>) =>
  instrumentClipanion(cli, options)`,
    use: 'make the program by Cli.from([…]) or new Cli(…), and call withTelemetry(cli) before cli.runExit(…)',
  },
  '@stricli/core': {
    ...usual,
    imports: "import { instrumentStricli } from 'cq-telemetry/stricli'",
    call: 'export const withTelemetry = (app) => instrumentStricli(app, options)',
    typed: `export const withTelemetry = <Context extends import('@stricli/core').CommandContext>(
  app: import('@stricli/core').Application<Context>,
) => instrumentStricli(app, options)`,
    use: 'write run(withTelemetry(app), inputs, context)',
  },
  plain: {
    imports: "import { instrumentMain, telemetryOptions } from 'cq-telemetry/main'",
    call: `/** The three flags, for \`parseArgs({ options: { ...telemetryOptions, … } })\`. */
export { telemetryOptions }

/** Runs the program as one operation, and returns what it returns. */
export const withTelemetry = (main) => instrumentMain(options, main)`,
    typed: `/** The three flags, for \`parseArgs({ options: { ...telemetryOptions, … } })\`. */
export { telemetryOptions }

/** Runs the program as one operation, and returns what it returns. */
export const withTelemetry = <T>(main: () => T): T => instrumentMain(options, main)`,
    names: ['telemetryOptions', 'withTelemetry'],
    use: 'write await withTelemetry(() => main()), and let your parser accept the flags: parseArgs({ options: { ...telemetryOptions, … } }), or as docs/adapters.md of cq-telemetry shows for another parser',
    addsCommand: false,
  },
}
