import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { write, type Written } from '../support/written.ts'

/** Hosts of cac, clipanion and stricli and hosts without a framework, as people write them: the same as without an adapter. */

const options = "{ app: { name: 'tool', version: '1.0.0' } }"
const start = (adapter: string, call: string): string => `import { ${call} } from 'cq-telemetry/${adapter}'
  const telemetry = (target) => process.env.BARE ? target : (${call}(target, ${options}), target)
  const args = process.argv.slice(2)`
const cac = (body: string): string => `import { cac } from 'cac'
  ${start('cac', 'instrumentCac')}
  const cli = cac('tool')
  ${body}`
const clipanion = (body: string): string => `import { Builtins, Cli, Command, Option, UsageError } from 'clipanion'
  ${start('clipanion', 'instrumentClipanion')}
  ${body}`
const stricli = (
  body: string,
): string => `import { buildApplication, buildCommand, buildRouteMap, run } from '@stricli/core'
  import { instrumentStricli } from 'cq-telemetry/stricli'
  const telemetry = (target) => process.env.BARE ? target : instrumentStricli(target, ${options})
  const word = { brief: 'a word', parse: String }
  const words = { positional: { kind: 'array', parameter: word } }
  const command = (func, parameters = {}) => buildCommand({ func, parameters, docs: { brief: 'a command' } })
  const routes = (routes, more = {}) => buildRouteMap({ routes, ...more, docs: { brief: 'commands' } })
  const start = (root, more = {}) => run(telemetry(buildApplication(root, { name: 'tool', ...more })), process.argv.slice(2), { process })
  ${body}`
const main = (body: string): string => `import { instrumentMain, telemetryOptions } from 'cq-telemetry/main'
  const telemetry = (main, more = {}) => process.env.BARE ? main() : instrumentMain({ ...${options}, ...more }, main)
  const args = process.argv.slice(2)
  ${body}`

interface Host {
  readonly host: string
  readonly source: string
  readonly file?: string
  readonly aliases?: Record<string, string>
  /** Arguments, and what is recorded of them. */
  readonly runs: readonly (readonly [readonly string[], readonly string[]])[]
}

/** Both releases of a package run the same host. */
const bothOf = (name: string, other: string, host: Host): readonly Host[] => [
  host,
  { ...host, host: `${host.host} (${other})`, aliases: { [name]: other } },
]

const hosts: readonly Host[] = [
  ...bothOf('cac', 'cac-6.7', {
    host: 'cac, no command, only parse()',
    source: cac(`telemetry(cli)
      cli.option('--fast', 'fast').option('--no-color', 'grey').option('--type [type]', 'a type', { default: 'node' })
      const { args: operands, options } = cli.parse()
      console.log(operands, JSON.stringify(options))
      if (operands[0] === 'fail') process.exit(3)`),
    runs: [
      [['a', 'b', '--fast'], ['run']],
      [['fail'], ['run _OTHER']],
      [['telemetry', 'disable'], ['run']],
      [['x', '--unknown', '--no-color'], ['run']],
    ],
  }),
  ...bothOf('cac', 'cac-6.7', {
    host: 'cac, a default command beside others, an alias and options of its own',
    source: cac(`telemetry(cli)
      cli.command('[root]', 'serve').alias('serve').option('--port <port>', 'port').action((root, options) => console.log(root, JSON.stringify(options)))
      cli.command('build <file>', 'build').alias('b').action((file, options) => console.log('built', file, JSON.stringify(options)))
      cli.help().version('1.2.3')
      try { cli.parse() } catch (error) { console.error(error.message); process.exit(1) }`),
    runs: [
      [['telemetry'], ['operation tool', 'run']],
      [['serve'], ['operation tool', 'run']],
      [[], ['operation tool', 'run']],
      [
        ['b', 'x'],
        ['operation build', 'run'],
      ],
      [['build'], ['run MissingArgumentError']],
      [['build', 'x', '--wrong'], ['run UnknownOptionError']],
      [['x', '--port'], ['run MissingArgumentError']],
      [['--help'], []],
      [['build', 'x', '--help'], []],
      [['--version'], []],
    ],
  }),
  ...bothOf('cac', 'cac-6.7', {
    host: 'cac, flags and a command of the same names, defined later, and a failing asynchronous command',
    source: cac(`telemetry(telemetry(cli))
      cli.option('--no-telemetry', 'mine')
      cli.command('telemetry [x]', 'mine').action((x, options) => console.log('mine', x, JSON.stringify(options)))
      cli.command('fail', 'fail').action(async () => { await null; throw new TypeError('secret') })
      cli.parse(process.argv, { run: false })
      if (!cli.matchedCommand) { console.log('no such command'); process.exit(cli.args.length) }
      try { await cli.runMatchedCommand() } catch (error) { console.log(error.message); process.exitCode = 4 }`),
    runs: [
      [
        ['telemetry', 'status'],
        ['operation telemetry', 'run'],
      ],
      [['telemetry', '--no-telemetry'], []],
      [['fail'], ['crash fail TypeError', 'operation fail TypeError', 'run TypeError']],
      [['nothing'], ['run UnknownCommandError']],
      [[], ['run']],
    ],
  }),
  ...bothOf('clipanion', 'clipanion-4', {
    host: 'clipanion, commands that fail in each way',
    source: clipanion(`
      const command = (path, execute, more = {}) => {
        const type = class extends Command { static paths = path; execute = execute }
        return Object.assign(type, more)
      }
      class Handled extends Command {
        static paths = [['handled']]
        async execute() { throw new RangeError('secret') }
        async catch(error) { console.log('handled', error.message) }
      }
      class Twice extends Handled {
        static paths = [['twice']]
        async catch(error) { console.log('seen'); throw Object.assign(new TypeError('other'), { stack: 'other' }) }
      }
      class Outer extends Command {
        static paths = [['outer']]
        async execute() { return this.cli.run(['code']) }
      }
      class Proxy extends Command {
        static paths = [['exec']]
        args = Option.Proxy()
        async execute() { console.log(this.args.join()) }
      }
      class Needs extends Command {
        static paths = [['needs']]
        level = Option.String('--level', { required: false })
        file = Option.String()
        async execute() { console.log(Object.keys(this).join(), this.file) }
      }
      class Optional extends Command {
        static paths = [['optional']]
        file = Option.String({ required: false })
        async execute() {}
      }
      const cli = new Cli({ binaryName: 'tool', binaryVersion: '1.2.3' })
      telemetry(cli)
      cli.register(command([['code']], async () => 3))
      cli.register(command([['user']], async () => { throw new UsageError('no such file') }))
      for (const each of [Handled, Twice, Outer, Proxy, Needs, Optional, Builtins.HelpCommand, Builtins.VersionCommand]) cli.register(each)
      cli.register(command([['late'], ['l']], () => new Promise((done) => setTimeout(done, 20, undefined))))
      await cli.runExit(args)`),
    runs: [
      [['code'], ['operation code _OTHER', 'run _OTHER']],
      [['user'], ['operation user UsageError', 'run UsageError']],
      [['handled'], ['operation handled', 'run']],
      [['twice'], ['crash twice TypeError', 'operation twice TypeError', 'run TypeError']],
      [['outer'], ['operation code _OTHER', 'operation outer _OTHER', 'run _OTHER']],
      [['exec', 'a', '--no-telemetry', '--level'], []],
      [
        ['exec', 'a', '--', '--help'],
        ['operation exec', 'run'],
      ],
      [['needs'], ['run MissingArgumentError']],
      [
        ['needs', 'a', '--level', '1'],
        ['operation needs', 'run'],
      ],
      [['needs', 'a', 'b'], ['run InvalidArgumentError']],
      [['needs', 'a', '--wrong'], ['run UnknownOptionError']],
      [['late', '--wrong', 'x'], ['run UnknownOptionError']],
      [['optional', 'a', '--wrong'], ['run UsageError']],
      [['nothing'], ['run UnknownCommandError']],
      [['l'], ['operation late', 'run']],
      [['--version'], []],
    ],
  }),
  ...bothOf('clipanion', 'clipanion-4', {
    host: 'clipanion, a default command that takes operands',
    source: clipanion(`class Default extends Command {
        static paths = [Command.Default, ['serve']]
        words = Option.Rest()
        async execute() { console.log(this.words.join()) }
      }
      const cli = Cli.from([Default], { binaryName: 'tool' })
      process.exitCode = await telemetry(cli).run(args)`),
    runs: [
      [
        ['telemetry', 'disable'],
        ['operation serve', 'run'],
      ],
      [
        ['serve', 'x'],
        ['operation serve', 'run'],
      ],
    ],
  }),
  {
    host: 'clipanion, one command without a path and an option that is ours',
    source: clipanion(`class One extends Command {
        telemetry = Option.Boolean('--telemetry', true)
        file = Option.String({ required: false })
        async execute() { console.log(this.telemetry, this.file) }
      }
      await telemetry(telemetry(Cli.from(One, { binaryName: 'tool' }))).runExit(args)`),
    runs: [
      [['x'], ['operation tool', 'run']],
      [['x', '--no-telemetry'], []],
      [['telemetry'], ['operation tool', 'run']],
    ],
  },
  ...bothOf('@stricli/core', 'stricli-1.0', {
    host: 'stricli, commands that fail in each way',
    source: stricli(`
      const level = { kind: 'enum', values: ['low', 'high'], brief: 'a level', optional: true }
      const count = { kind: 'parsed', brief: 'a count', parse: (text) => { if (text === 'x') throw new Error('no'); return 1 } }
      await start(routes({
        build: command((flags, ...rest) => console.log(JSON.stringify(flags), rest), { flags: { level }, ...words }),
        count: command((flags) => console.log(JSON.stringify(flags)), { flags: { count }, aliases: { c: 'count' } }),
        fails: command(async () => { throw new TypeError('secret') }),
        returns: command(() => new RangeError('secret')),
        late: command(() => new Promise((done) => setTimeout(done, 20))),
        lost: buildCommand({ loader: async () => { throw new RangeError('secret') }, parameters: {}, docs: { brief: 'lost' } }),
        policyRun: routes({ now: command(() => console.log('run')) }, { aliases: { n: 'now' }, defaultCommand: 'now' }),
      }, { aliases: { b: 'build' } }), { scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true } })`),
    runs: [
      [
        ['build', 'a', '--level', 'low'],
        ['operation build', 'run'],
      ],
      [
        ['b', '--', '--x'],
        ['operation build', 'run'],
      ],
      [['build', '--level', 'odd'], ['run InvalidArgumentError']],
      [['count'], ['run MissingArgumentError']],
      [['count', '--count', 'x'], ['run InvalidArgumentError']],
      [['count', '-x'], ['run UnknownOptionError']],
      [['count', '-c', '1', 'more'], ['run InvalidArgumentError']],
      [['fails'], ['crash fails TypeError', 'operation fails TypeError', 'run TypeError']],
      [['returns'], ['operation returns RangeError', 'run RangeError']],
      [['late'], ['operation late', 'run']],
      [['lost'], ['crash lost RangeError', 'operation lost RangeError', 'run RangeError']],
      [['policy-run'], ['operation policy-run now', 'run']],
      [
        ['policyRun', 'n'],
        ['operation policy-run now', 'run'],
      ],
      [['nothing'], ['run UnknownCommandError']],
    ],
  }),
  ...bothOf('@stricli/core', 'stricli-1.0', {
    host: 'stricli, one command, flags that are ours, another language and a context that cannot be had',
    source: stricli(`import { text_en } from '@stricli/core'
      const telemetry_ = { kind: 'boolean', brief: 'mine', default: true }
      const root = command((flags, ...rest) => console.log(JSON.stringify(flags), rest), { flags: { telemetry: telemetry_ }, ...words })
      const localization = { defaultLocale: 'de', loadText: (locale) => ({ ...text_en, exceptionWhileParsingArguments: () => locale }) }
      const app = telemetry(buildApplication(root, { name: 'tool', localization, scanner: { caseStyle: 'allow-kebab-for-camel' } }))
      const forCommand = () => { if (process.argv[2] === 'fail') throw new RangeError('secret'); return { process } }
      await run(app, process.argv.slice(2), { process, locale: 'fr', forCommand })`),
    runs: [
      [['telemetry'], ['operation tool', 'run']],
      [['a', '--no-telemetry'], []],
      [['a', '--wrong'], ['run UnknownOptionError']],
      [['fail'], ['run RangeError']],
    ],
  }),
  {
    host: 'main, an asynchronous one',
    source: main(`process.exitCode = await telemetry(async () => {
        await null
        if (args[0] === 'fail') throw new TypeError('secret')
        console.log(args.join())
        return 0
      })`),
    runs: [
      [
        ['0', '-v'],
        ['operation tool', 'run'],
      ],
      [
        ['telemetry', 'status'],
        ['operation tool', 'run'],
      ],
      [['--help'], []],
      [
        ['0', '--', '--help'],
        ['operation tool', 'run'],
      ],
      [['fail'], ['crash tool TypeError', 'operation tool TypeError', 'run TypeError']],
    ],
  },
  {
    host: 'main, an exit code that is set after it has returned',
    source: main(`
      const later = () => new Promise((done) => setTimeout(done, 20))
      if (args[0] === 'at-once') { telemetry(() => 3); process.exitCode = 3 }
      if (args[0] === 'awaited') process.exitCode = await telemetry(async () => { await later(); return 4 })
      if (args[0] === 'exit') process.exit(await telemetry(async () => { await later(); return 5 }))
      if (args[0] === 'later') { telemetry(() => 6); await later(); process.exitCode = 6 }
      if (args[0] === 'good') { telemetry(() => 0); await later(); process.exitCode = 0 }
    `),
    runs: [
      [['at-once'], ['operation tool _OTHER', 'run _OTHER']],
      [['awaited'], ['operation tool _OTHER', 'run _OTHER']],
      [['exit'], ['operation tool _OTHER', 'run _OTHER']],
      [['later'], ['operation tool _OTHER', 'run _OTHER']],
      [['good'], ['operation tool', 'run']],
    ],
  },
  {
    host: 'main, subcommands of which some are declared',
    source: main(
      `await telemetry(async () => console.log(args[0]), { operation: args[0], publicNames: { operations: ['build'] } })`,
    ),
    runs: [
      [['build'], ['operation build', 'run']],
      [['s3cret'], ['operation private', 'run']],
      [[], ['operation tool', 'run']],
    ],
  },
  {
    host: 'main, parseArgs',
    source: main(`import { parseArgs } from 'node:util'
      const parse = () => parseArgs({ allowPositionals: true, options: { ...telemetryOptions, watch: { type: 'boolean' } } })
      telemetry(() => { const { positionals, values } = parse(); console.log(positionals, values.watch) })`),
    runs: [
      [
        ['--debug-telemetry', 'x', '--watch'],
        ['operation tool', 'run'],
      ],
      [['x', '--no-telemetry'], []],
      [
        ['--wrong'],
        [
          'operation tool ERR_PARSE_ARGS_UNKNOWN_OPTION',
          'crash tool ERR_PARSE_ARGS_UNKNOWN_OPTION',
          'run ERR_PARSE_ARGS_UNKNOWN_OPTION',
        ],
      ],
    ],
  },
  {
    host: 'main, arg',
    aliases: { arg: 'arg' },
    source: main(`import arg from 'arg'
      import { telemetryFlags } from 'cq-telemetry'
      const flags = Object.fromEntries(telemetryFlags().map(({ flags }) => [flags, Boolean]))
      const run = () => { const parsed = arg({ ...flags, '--level': String }); console.log(parsed._, parsed['--level']) }
      try { telemetry(run) } catch (error) { console.log(error.message); process.exitCode = 2 }`),
    runs: [
      [
        ['--debug-telemetry', 'x', '--level', '1'],
        ['operation tool', 'run'],
      ],
      [['x', '--no-telemetry'], []],
      [['--wrong'], ['operation tool ARG_UNKNOWN_OPTION', 'run ARG_UNKNOWN_OPTION']],
      [['--level'], ['operation tool ARG_MISSING_REQUIRED_LONGARG', 'run ARG_MISSING_REQUIRED_LONGARG']],
    ],
  },
  {
    host: 'main, minimist',
    aliases: { minimist: 'minimist' },
    source: main(`import minimist from 'minimist'
      telemetry(() => console.log(minimist(args, { boolean: ['inspect-telemetry', 'debug-telemetry'] })._))`),
    runs: [
      [
        ['--debug-telemetry', 'x', '--any'],
        ['operation tool', 'run'],
      ],
      [['x', '--no-telemetry'], []],
    ],
  },
  {
    host: 'main, meow',
    aliases: { meow: 'meow' },
    source: main(`import meow from 'meow'
      const flags = { telemetry: { type: 'boolean' }, inspectTelemetry: { type: 'boolean' }, debugTelemetry: { type: 'boolean' } }
      telemetry(() => console.log(meow('help', { importMeta: import.meta, flags, allowUnknownFlags: false }).input))`),
    runs: [
      [
        ['--debug-telemetry', 'x'],
        ['operation tool', 'run'],
      ],
      [['x', '--no-telemetry'], []],
      [['x', '--help'], []],
    ],
  },
]

/** A help has our flags, and clipanion shows all commands to who has typed one that there is not. */
const hasFlags = (text: string): boolean => /--inspect-telemetry|tool telemetry/.test(text)

describe.each(hosts)('$host', ({ file = 'tool.mjs', source, aliases, runs }) => {
  let host: Written
  beforeAll(() => {
    host = write(file, source, aliases && { aliases })
  })
  afterAll(() => host.remove())

  test.each(runs)('%j', async (args, events) => {
    const [bare, ran] = await Promise.all([host.bare(args), host.instrumented(args)])
    expect([ran.code, ran.signal]).toEqual([bare.code, bare.signal])
    if (!hasFlags(ran.stdout)) expect(ran.stdout).toBe(bare.stdout)
    if (events.length === 0 && !hasFlags(ran.stderr)) expect(ran.stderr).toBe(bare.stderr)
    expect(ran.events).toEqual(events)
  })
})
