import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { write, type Written } from '../support/written.ts'

/** Hosts as people write them. Each is the same with an adapter as without one, and what is recorded is true. */

const options = "{ app: { name: 'tool', version: '1.0.0' } }"
const withInstrument = (adapter: string, call: string): string =>
  `const telemetry = (target) => process.env.BARE ? target : (${call}, target)
   import { ${call.split('(')[0]} } from 'cq-telemetry/${adapter}'`

const commander = (body: string): string => `import { Command } from 'commander'
  ${withInstrument('commander', `instrumentCommander(target, ${options})`)}
  const program = new Command('tool')
  ${body}`
const yargs = (body: string): string => `import yargs from 'yargs'
  ${withInstrument('yargs', `instrumentYargs(target, ${options})`)}
  const args = process.argv.slice(2)
  ${body}`
const commonJs = (body: string): string => `
  const telemetry = (target) => process.env.BARE ? target : require('cq-telemetry/yargs').instrumentYargs(target, ${options})
  ${body}`
const citty = (body: string): string => `import { defineCommand, runMain } from 'citty'
  import { instrumentCitty } from 'cq-telemetry/citty'
  const telemetry = (target) => process.env.BARE ? target : instrumentCitty(target, ${options})
  ${body}`

interface Host {
  readonly host: string
  readonly file?: string
  readonly source: string
  readonly aliases?: Record<string, string>
  readonly files?: Record<string, string>
  /** Arguments, and what is recorded of them. */
  readonly runs: readonly (readonly [readonly string[], readonly string[]])[]
}

const singleton = { file: 'tool.cjs', aliases: { yargs: 'yargs-17.7' } }

/** What takes an operand beside the subcommands, and the operation that then runs. */
const others: readonly (readonly [what: string, code: string, event: string])[] = [
  [
    'a default command',
    "program.command('serve', { isDefault: true }).argument('[dir]').action((dir) => console.log(dir))",
    'operation serve',
  ],
  ['a listener for any command', "program.on('command:*', (words) => console.log('any', words))", ''],
  ['the command *', "program.command('*').argument('[x]').action(() => console.log('any'))", 'operation *'],
  ['an action with an operand', "program.argument('[x]').action((x) => console.log(x))", 'operation tool'],
]

const hosts: readonly Host[] = [
  {
    host: 'commander, no subcommand and no action',
    source: commander(`telemetry(program)
      program.argument('[files...]').option('--fast').option('--no-color').parse()
      console.log(program.args, program.opts())`),
    runs: [
      [['a', 'b'], ['run']],
      [['telemetry', 'status'], ['run']],
      [['telemetry', 'disable', '--fast'], ['run']],
      [['x', '--no-color'], ['run']],
      [['--wrong'], ['run UnknownOptionError']],
      [[], ['run']],
    ],
  },
  {
    host: 'commander, one action',
    source: commander(`telemetry(program)
      program.argument('[file]').version('3.2.1').action((file, options, command) => console.log(file, options, command.opts()))
      program.parse()`),
    runs: [
      [['telemetry'], ['operation tool', 'run']],
      [['x'], ['operation tool', 'run']],
      [['--version'], []],
      [['-V'], []],
    ],
  },
  ...others.map(([what, code, event]): Host => ({
    host: `commander, subcommands and ${what}`,
    source: commander(`telemetry(program)
      program.command('build').action(() => console.log('built'))
      ${code}
      program.parse()`),
    runs: [
      [['build'], ['operation build', 'run']],
      [['telemetry'], [...(event === '' ? [] : [event === 'operation *' ? 'operation private' : event]), 'run']],
    ],
  })),
  {
    host: 'commander, options and a command of the same names, defined later',
    source: commander(`telemetry(program)
      program.option('--no-telemetry', 'mine').option('--debug-telemetry <x>', 'mine')
      program.command('telemetry').argument('[x]').action((x) => console.log('mine', x, program.opts()))
      program.command('build').action(() => console.log(program.opts()))
      program.parse()`),
    runs: [
      [
        ['telemetry', 'status'],
        ['operation telemetry', 'run'],
      ],
      [['build'], ['operation build', 'run']],
      [['build', '--no-telemetry'], []],
    ],
  },
  {
    host: 'commander, executable subcommands',
    source: commander(`telemetry(program)
      program.command('install [x]', 'install it', { executableFile: 'sub.mjs' })
      program.command('build').action(() => console.log('built'))
      program.parse()`),
    files: { 'sub.mjs': "console.log('sub', process.argv.slice(2)); process.exitCode = Number(process.argv[2] ?? 0)" },
    runs: [
      [['install'], ['operation install', 'run']],
      [
        ['install', '7'],
        ['operation install _OTHER', 'run _OTHER'],
      ],
      [['build'], ['operation build', 'run']],
    ],
  },
  {
    host: 'commander, an error that the action reports',
    source: commander(`telemetry(program)
      program.command('build').action(() => program.error('no database', { exitCode: 4 }))
      program.parse()`),
    runs: [[['build'], ['operation build _OTHER', 'run _OTHER']]],
  },
  {
    host: 'commander, exitOverride and completion',
    source: commander(`telemetry(program)
      program.exitOverride().command('completion').action(() => console.log('script'))
      program.command('help-me').action(() => console.log('help'))
      try { program.parse() } catch (error) { console.log(error.code); process.exitCode = 5 }`),
    runs: [
      [['completion'], []],
      [['help-me'], ['operation help-me', 'run']],
      [['nothing'], ['run UnknownCommandError']],
      [[], []],
    ],
  },
  {
    host: 'commander, instrumented twice',
    source: commander(`telemetry(telemetry(program))
      program.command('build').action(() => console.log('built'))
      program.parse()`),
    runs: [[['build'], ['operation build', 'run']]],
  },
  {
    host: 'yargs, no command, argv',
    source: yargs(`const argv = telemetry(yargs(args)).option('fast', { type: 'boolean' }).argv
      console.log(JSON.stringify(argv))
      if (argv._[0] === 'fail') process.exit(3)`),
    runs: [
      [['a', '--fast'], ['run']],
      [['fail'], ['run _OTHER']],
      [['telemetry', 'disable'], ['run']],
      [['--version'], []],
    ],
  },
  {
    host: 'yargs, commands without handlers',
    source:
      yargs(`const argv = telemetry(yargs(args)).command('serve', 'serve it').demandCommand(1).strict().parseSync()
      console.log(JSON.stringify(argv))
      if (argv.fail) process.exit(3)
      process.exitCode = 9`),
    runs: [
      [['serve'], ['run _OTHER']],
      [['serve', '--wrong'], ['run UsageError']],
      [['telemetry', 'status'], ['run UsageError']],
      [[], ['run UsageError']],
    ],
  },
  {
    host: 'yargs, parseSync and a handler',
    source: yargs(`const argv = telemetry(yargs(args)).command('build', 'b', {}, () => console.log('built')).parseSync()
      console.log(argv._.length)`),
    runs: [[['build'], ['operation build', 'run']]],
  },
  {
    host: 'yargs, a default command',
    source: yargs(
      `await telemetry(yargs(args)).command('$0 [file]', 'do it', {}, ({ file }) => console.log(file)).parseAsync()`,
    ),
    runs: [
      [['telemetry'], ['operation tool', 'run']],
      [['x'], ['operation tool', 'run']],
    ],
  },
  {
    host: 'yargs, instrumented twice, with an asynchronous builder and a failing command',
    source: yargs(`await telemetry(telemetry(yargs(args)))
      .command('build', 'b', async (y) => y.option('x', {}), async () => console.log('built'))
      .command('fail', 'f', {}, async () => { throw new TypeError('secret') })
      .completion('comp').strict().parseAsync()`),
    runs: [
      [['build'], ['operation build', 'run']],
      [['build', '--wrong'], ['run UsageError']],
      [['fail'], ['crash fail TypeError', 'operation fail TypeError', 'run TypeError']],
      [['comp'], []],
      [['--get-yargs-completions', 'tool', 'build', '--'], []],
    ],
  },
  {
    host: 'yargs, the singleton by require',
    ...singleton,
    source: commonJs(`telemetry(require('yargs')).command('build', 'b', {}, () => console.log('built'))
      .command('fail', 'f', {}, async () => { throw new TypeError('secret') }).demandCommand(1).strict().argv`),
    runs: [
      [['build'], ['operation build', 'run']],
      [['fail'], ['crash fail TypeError', 'operation fail TypeError', 'run TypeError']],
      [['wrong'], ['run UsageError']],
    ],
  },
  {
    host: 'yargs, the singleton, call by call',
    ...singleton,
    source: commonJs(`const yargs = require('yargs')
      telemetry(yargs)
      yargs.command('build', 'b', {}, () => console.log('built'))
      yargs.command(['policy', 'p'], 'p', (y) => y.command('run <x>', 'r', {}, () => console.log('run')))
      yargs.parse()`),
    runs: [
      [['build'], ['operation build', 'run']],
      [
        ['p', 'run', 'x'],
        ['operation policy run', 'run'],
      ],
    ],
  },
  {
    host: 'yargs, import * as yargs compiled to CommonJS',
    ...singleton,
    source: commonJs(`const star = (module) => {
        const result = {}
        for (const key in module) if (key !== 'default') Object.defineProperty(result, key, { enumerable: true, get: () => module[key] })
        return Object.defineProperty(result, 'default', { enumerable: true, value: module })
      }
      const yargs = star(require('yargs'))
      telemetry(yargs)
      yargs.command('build', 'b', {}, () => console.log('built')).argv`),
    runs: [[['build'], ['operation build', 'run']]],
  },
  {
    host: 'citty, no subcommands',
    source: citty(`await runMain(telemetry(defineCommand({
        meta: { name: 'tool', version: '1.0.0' },
        args: { file: { type: 'positional', required: false } },
        run: ({ args }) => console.log(args.file, { ...args }),
      })))`),
    runs: [
      [
        ['telemetry', 'disable'],
        ['operation tool', 'run'],
      ],
      [['x'], ['operation tool', 'run']],
      [['--version'], []],
    ],
  },
  {
    host: 'citty, a set-up that fails',
    source: citty(`await runMain(telemetry(defineCommand({
        meta: { name: 'tool' },
        setup: async ({ rawArgs }) => { if (rawArgs.includes('--bad')) throw new TypeError('secret') },
        subCommands: {
          build: { args: { n: { type: 'string', required: true } }, run: () => console.log('built') },
        },
      })))`),
    runs: [
      [
        ['build', '--n=1'],
        ['operation build', 'run'],
      ],
      [['build'], ['run UsageError']],
      [['nothing'], ['run UsageError']],
      [[], ['run UsageError']],
      [['build', '--n=1', '--bad'], ['run _OTHER']],
    ],
  },
  ...(['the program', 'a command'] as const).map((owner): Host => {
    const plugin = `plugins: [() => ({ name: 'one', setup() {} }), { name: 'two', setup: async () => {
      if (process.argv.includes('--bad')) throw new TypeError('secret')
    }, cleanup: () => console.log('clean') }],`
    const pluginOf = (which: string) => (which === owner ? plugin : '')
    return {
      host: `citty, a plugin of ${owner} that fails`,
      source: citty(`await runMain(telemetry(defineCommand({ ${pluginOf('the program')}
        subCommands: { build: { ${pluginOf('a command')} args: { n: { type: 'string', required: true } }, run: () => console.log('built') } },
      })))`),
      runs: [
        [
          ['build', '--n=1'],
          ['operation build', 'run'],
        ],
        [['build', '--n=1', '--bad'], ['run _OTHER']],
        [['build'], ['run UsageError']],
      ],
    }
  }),
  {
    host: 'citty, a command that cannot be loaded',
    source: citty(`await runMain(telemetry(defineCommand({
        subCommands: { lost: () => Promise.reject(new RangeError('secret')), build: { run: () => console.log('built') } },
      })))`),
    runs: [
      [['lost'], ['run _OTHER']],
      [['build'], ['operation build', 'run']],
    ],
  },
]

/** A help, and a completion of options, have our flags. */
const hasFlags = (text: string): boolean => text.includes('--inspect-telemetry')

describe.each(hosts)('$host', ({ file = 'tool.mjs', source, aliases, files, runs }) => {
  let host: Written
  beforeAll(() => {
    host = write(file, source, { ...(aliases && { aliases }), ...(files && { files }) })
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
