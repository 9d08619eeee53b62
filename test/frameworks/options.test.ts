import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { write, type Written } from '../support/written.ts'

/** Which options a user has used: those that the program declares, never what else was typed. */

const options = `{ app: { name: 'tool', version: '1.0.0' }, ...JSON.parse(process.env.OPTIONS ?? '{}') }`

/**
 * The same program in each framework, with one command `build`: `-o, --output json|table`, `-d, --dry-run`, `--color` with a
 * `--no-color`, `--name <text>`, `--answer <text>`, `-p, --port <number>` with a default, `--tag <text>` more than once.
 */
const sources: Record<string, string> = {
  commander: `import { Command, Option } from 'commander'
    import { instrumentCommander } from 'cq-telemetry/commander'
    const program = new Command('tool').option('-q, --quiet')
    instrumentCommander(program, ${options})
    program.command('build').allowUnknownOption().allowExcessArguments()
      .addOption(new Option('-o, --output <format>').choices(['json', 'table']))
      .option('-d, --dry-run').option('--color').option('--no-color').option('--name <text>')
      .option('-p, --port <number>', 'port', Number, 80).option('--tag <text>', 'tag', (tag, tags) => [...tags, tag], [])
      .option('--answer <text>', 'answer', (text) => text === 'yes')
      .addOption(new Option('--level <n>').env('LEVEL')).action(() => {})
    await program.parseAsync()`,
  yargs: `import yargs from 'yargs'
    import { instrumentYargs } from 'cq-telemetry/yargs'
    await instrumentYargs(yargs(process.argv.slice(2)), ${options}).option('quiet', { type: 'boolean', alias: 'q' })
      .command('build', 'b', async (y) => y.option('output', { alias: 'o', choices: ['json', 'table'] })
        .option('d', { type: 'boolean', alias: 'dryRun' }).option('color', { type: 'boolean', default: true })
        .option('name', { type: 'string' }).option('port', { alias: 'p', type: 'number', default: 80 }).option('tag', { type: 'array' })
        .option('answer', { coerce: (text) => text === 'yes' })
        .option('level', {}).config({ level: 3 }).env('TOOL'), async () => {}).parseAsync()`,
  citty: `import { defineCommand, runMain } from 'citty'
    import { instrumentCitty } from 'cq-telemetry/citty'
    const args = {
      output: { type: 'enum', alias: 'o', options: ['json', 'table'] }, dryRun: { type: 'boolean', alias: ['d'] },
      color: { type: 'boolean', default: true }, name: { type: 'string' }, port: { type: 'string', alias: 'p', default: '80' },
      tag: { type: 'string' }, answer: { type: 'string' }, target: { type: 'positional', required: false },
    }
    await runMain(instrumentCitty(defineCommand({
      args: { quiet: { type: 'boolean', alias: 'q' } }, subCommands: { build: { args, run: () => {} } },
    }), ${options}))`,
  cac: `import { cac } from 'cac'
    import { instrumentCac } from 'cq-telemetry/cac'
    const cli = cac('tool')
    instrumentCac(cli, ${options})
    cli.option('-q, --quiet', 'quiet')
    cli.command('build [...words]', 'b').allowUnknownOptions().option('-o, --output <format>', 'o').option('-d, --dry-run', 'd')
      .option('--color', 'c', { default: true }).option('--name <text>', 'n').option('-p, --port <n>', 'p', { default: 80 })
      .option('--tag <text>', 't').option('--answer <text>', 'a').action(() => {})
    cli.parse()`,
  clipanion: `import { Cli, Command, Option } from 'clipanion'
    import { instrumentClipanion } from 'cq-telemetry/clipanion'
    class Build extends Command {
      static paths = [['build']]
      output = Option.String('-o,--output')
      dryRun = Option.Boolean('-d,--dry-run')
      quiet = Option.Boolean('-q,--quiet')
      color = Option.Boolean('--color', true)
      name = Option.String('--name')
      port = Option.String('-p,--port', '80')
      tag = Option.Array('--tag')
      answer = Option.String('--answer')
      words = Option.Rest()
      async execute() {}
    }
    const cli = Cli.from([Build], { binaryName: 'tool' })
    instrumentClipanion(cli, ${options})
    await cli.runExit(process.argv.slice(2))`,
  stricli: `import { buildApplication, buildCommand, buildRouteMap, run } from '@stricli/core'
    import { instrumentStricli } from 'cq-telemetry/stricli'
    const text = { kind: 'parsed', parse: String, brief: 'text', optional: true }
    const flag = { kind: 'boolean', brief: 'flag', optional: true }
    const build = buildCommand({
      func: () => {}, docs: { brief: 'b' },
      parameters: {
        positional: { kind: 'array', parameter: { brief: 'words', parse: String } },
        aliases: { o: 'output', d: 'dryRun', p: 'port', q: 'quiet' },
        flags: {
          output: { kind: 'enum', values: ['json', 'table'], brief: 'o', optional: true }, dryRun: flag, quiet: flag,
          color: { kind: 'boolean', brief: 'c', default: true }, name: text, port: { ...text, optional: false, default: '80' },
          tag: { ...text, variadic: true }, answer: { ...text, parse: (text) => text === 'yes' },
        },
      },
    })
    const app = buildApplication(buildRouteMap({ routes: { build }, docs: { brief: 'tool' } }), {
      name: 'tool', scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    })
    await run(instrumentStricli(app, ${options}), process.argv.slice(2), { process })`,
  oclif: `import { Command, Config, Flags } from '@oclif/core'
    import { oclifHooks } from 'cq-telemetry/oclif'
    const config = await Config.load(import.meta.dirname)
    class Build extends Command {
      static id = 'build'
      static strict = false
      static baseFlags = { quiet: Flags.boolean({ char: 'q' }) }
      static flags = {
        output: Flags.string({ char: 'o', options: ['json', 'table'] }), 'dry-run': Flags.boolean({ aliases: ['dryRun'], char: 'd' }),
        color: Flags.boolean({ allowNo: true, default: true }), name: Flags.string(), port: Flags.integer({ char: 'p', default: 80 }),
        tag: Flags.string({ multiple: true, multipleNonGreedy: true }),
        answer: Flags.string({ parse: async (text) => text === 'yes' }),
      }
      run = async () => this.parse(Build)
    }
    const { init, prerun } = oclifHooks(${options})
    await init({ config, id: 'build' })
    await prerun({ Command: Build })
    await Build.run(process.argv.slice(3), config)`,
  main: `import { parseArgs } from 'node:util'
    import { instrumentMain, telemetryOptions } from 'cq-telemetry/main'
    const text = { type: 'string' }
    const config = {
      allowPositionals: true, allowNegative: true, strict: false,
      options: {
        ...telemetryOptions, output: { type: 'string', short: 'o' }, 'dry-run': { type: 'boolean', short: 'd' },
        quiet: { type: 'boolean', short: 'q' }, color: { type: 'boolean' }, name: text, port: { ...text, short: 'p' }, tag: text, answer: text,
        help: { type: 'boolean', short: 'h' },
      },
    }
    const { options: names, ...own } = ${options}
    instrumentMain({ ...own, ...(names !== false && { parseArgs: config }) }, () => parseArgs(config))`,
}

/** Where the framework knows the values that an option can have. */
const closed = (framework: string) => !['cac', 'clipanion', 'main'].includes(framework)
/** Where an option that is not declared is a mistake. */
const strict = (framework: string) => ['clipanion', 'stricli'].includes(framework)

describe.each(Object.entries(sources))('%s', (framework, source) => {
  let host: Written
  beforeAll(() => {
    const packages = { '@oclif/core': '@oclif/core' }
    const files = { 'package.json': '{"name":"tool","version":"1.0.0","type":"module","oclif":{}}' }
    host = write('tool.mjs', source, { ...(framework === 'oclif' && { aliases: packages }), files })
  })
  afterAll(() => host.remove())
  const used = async (args: string, env: NodeJS.ProcessEnv = {}) => {
    const { options: names, log } = await host.instrumented(['build', ...args.split(' ').filter(Boolean)], env)
    return { names, log }
  }
  test('the declared options that the user gave are recorded by their long names, sorted', async () => {
    const output = (value: string) => (closed(framework) ? `output=${value}` : 'output')
    const rows: readonly (readonly [args: string, names: readonly string[] | undefined])[] = [
      ['word', undefined],
      ['-d --output json --name s3cret --no-color', ['color=false', 'dry-run', 'name', output('json')]],
      // A text that the program turns into `false`.
      ['--answer s3cret', ['answer']],
      ['-d -q -p 80 -o table', ['dry-run', output('table'), 'port', 'quiet']],
      ['--color --tag s3cret --tag s3cret2 -- --name s3cret --quiet', ['color', 'tag']],
    ]
    const found = await Promise.all(rows.map(([args]) => used(args)))
    expect(found.map(({ names }, at) => [rows[at]?.[0], names])).toEqual(rows)
    for (const { log } of found) expect(log).not.toContain('s3cret')
  })

  test('an undeclared option is not recorded, however it is written', async () => {
    const found = await Promise.all(
      [
        '--my-s3cret-thing=1 --config.s3cretKey x --no-s3cret --name.s3cret=1 -d',
        '--__proto__=s3cret --__proto__.s3cret=1 -d',
        '-dzs3cret --=s3cret',
        '-d --output=s3cret',
      ].map((args) => used(args)),
    )
    for (const { log } of found) expect(log).not.toMatch(/s3cret/)
    // Letters of a group may be declared.
    const names = new Set(found.flatMap((each) => each.names ?? []))
    for (const each of ['dry-run', 'name', 'output', 'tag']) names.delete(each)
    expect([...names]).toEqual([])
    if (!strict(framework)) expect(found.map((each) => each.names).slice(0, 2)).toEqual([['dry-run'], ['dry-run']])
  })

  test('our flags and values of the environment are not recorded, and nothing is if the author opts out', async () => {
    const [own, env, off] = await Promise.all([
      used('--debug-telemetry -d'),
      used('-d', { LEVEL: '3', TOOL_NAME: 's3cret' }),
      used('-d --output json', { OPTIONS: '{"options":false}' }),
    ])
    expect([own.names, env.names, off.names]).toEqual([['dry-run'], ['dry-run'], undefined])
    expect(off.log).toContain('cq.operation.name')
  })
})

test("the parser's own switch for help is no run of the tool", async () => {
  const host = write('tool.mjs', sources['main'] ?? '')
  const { events } = await host.instrumented(['-h'])
  host.remove()
  expect(events).toEqual([])
})

test('"options" must be true or false', async () => {
  const host = write('tool.mjs', sources['cac'] ?? '')
  const { code, stderr } = await host.instrumented(['build'], { OPTIONS: '{"options":["dry-run"]}' })
  host.remove()
  expect([code, stderr]).toEqual([1, expect.stringContaining('option "options" must be true or false')])
})
