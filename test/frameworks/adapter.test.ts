import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { write, type Written } from '../support/written.ts'

/** What all adapters have in common: which runs are recorded, where the notice is, and what happens if one fails. */

/** A tool of each framework with the commands build, policy run, lsp and completion. OPTIONS has more options as JSON. */
const head = (name: string, call: string): string => `import { ${call} } from 'cq-telemetry/${name}'
  const options = {
    app: { name: 'tool', version: '1.0.0' }, otlp: { endpoint: 'http://127.0.0.1:9' }, notice: 'anywhere',
    delivery: 'manual', sendInDevelopment: true, ...JSON.parse(process.env.OPTIONS ?? '{}'),
  }
  const say = (word) => () => console.log(word)`
const sources: Record<string, string> = {
  commander: `${head('commander', 'instrumentCommander')}
    import { Command } from 'commander'
    const program = new Command('tool').version('1.0.0')
    if (!process.env.BARE) instrumentCommander(program, options)
    for (const name of ['build', 'lsp', 'completion']) program.command(name).action(say(name))
    program.command('policy').command('run').action(say('run'))
    program.parse()`,
  yargs: `${head('yargs', 'instrumentYargs')}
    import yargs from 'yargs'
    const cli = yargs(process.argv.slice(2)).scriptName('tool')
    if (!process.env.BARE) instrumentYargs(cli, options)
    for (const name of ['build', 'lsp']) cli.command(name, name, {}, say(name))
    cli.command('policy', 'policy', (y) => y.command('run', 'run', {}, say('run'))).completion().strict().demandCommand(1).parse()`,
  citty: `${head('citty', 'instrumentCitty')}
    import { defineCommand, runMain } from 'citty'
    const subCommands = { policy: { subCommands: { run: { run: say('run') } } } }
    for (const name of ['build', 'lsp', 'completion']) subCommands[name] = { run: say(name) }
    const main = defineCommand({ meta: { name: 'tool', version: '1.0.0' }, subCommands })
    await runMain(process.env.BARE ? main : instrumentCitty(main, options))`,
  cac: `${head('cac', 'instrumentCac')}
    import { cac } from 'cac'
    const cli = cac('tool')
    if (!process.env.BARE) instrumentCac(cli, options)
    for (const name of ['build', 'lsp', 'completion']) cli.command(name, name).action(say(name))
    cli.command('policy <verb>', 'policy').action(say('run'))
    cli.help().version('1.0.0')
    cli.parse()`,
  clipanion: `${head('clipanion', 'instrumentClipanion')}
    import { Builtins, Cli, Command } from 'clipanion'
    const cli = new Cli({ binaryName: 'tool', binaryVersion: '1.0.0' })
    if (!process.env.BARE) instrumentClipanion(cli, options)
    for (const path of [['build'], ['lsp'], ['completion'], ['policy', 'run']])
      cli.register(class extends Command { static paths = [path]; execute = async () => say(path.at(-1))() })
    for (const each of [Builtins.HelpCommand, Builtins.VersionCommand]) cli.register(each)
    await cli.runExit(process.argv.slice(2))`,
  stricli: `${head('stricli', 'instrumentStricli')}
    import { buildApplication, buildCommand, buildRouteMap, run } from '@stricli/core'
    const command = (word) => buildCommand({ func: say(word), parameters: {}, docs: { brief: word } })
    const map = (routes) => buildRouteMap({ routes, docs: { brief: 'commands' } })
    const routes = { build: command('build'), lsp: command('lsp'), completion: command('completion') }
    const main = buildApplication(map({ ...routes, policy: map({ run: command('run') }) }), {
      name: 'tool', versionInfo: { currentVersion: '1.0.0' },
    })
    await run(process.env.BARE ? main : instrumentStricli(main, options), process.argv.slice(2), { process })`,
}

describe.each(Object.entries(sources))('%s', (framework, source) => {
  let host: Written
  beforeAll(() => {
    host = write('tool.mjs', source)
  })
  afterAll(() => host.remove())
  const events = async (args: readonly string[], options: object = {}) =>
    (await host.instrumented(args, { OPTIONS: JSON.stringify(options) })).events

  test('a command of "ignore" and those below it are not recorded, and others are', async () => {
    const ignore = ['lsp', 'policy']
    const rows = await Promise.all([
      events(['lsp'], { ignore }),
      events(['policy', 'run'], { ignore }),
      // cac has no commands of commands.
      events(['policy', 'run'], { ignore: [framework === 'cac' ? 'policy' : 'policy run'] }),
      events(['build'], { ignore }),
      events(['build'], { ignore: ['buil', 'build x'] }),
    ])
    expect(rows).toEqual([[], [], [], ['operation build', 'run'], ['operation build', 'run']])
  })

  test.each([
    ['completion', ['completion']],
    ['help', ['--help']],
    ['help', ['build', '--help']],
    ['version', ['--version']],
  ])('%s (%j) is recorded only if it is asked for, and prints no notice', async (kind, args) => {
    const send = { TOOL_INSPECT_TELEMETRY: '' }
    const [left, asked, noticed, askedToo] = await Promise.all([
      events(args),
      events(args, { record: [kind] }),
      host.instrumented(args, send),
      host.instrumented(args, { ...send, OPTIONS: JSON.stringify({ record: [kind] }) }),
    ])
    expect(left).toEqual([])
    expect(asked.at(-1)).toBe('run')
    expect(noticed.stdout + noticed.stderr).not.toContain('Anonymous telemetry')
    expect(askedToo.stdout + askedToo.stderr).not.toContain('Anonymous telemetry')
  })

  test('a command prints the notice before its output, and a completion prints none', async () => {
    const send = { TOOL_INSPECT_TELEMETRY: '' }
    expect((await host.instrumented(['build'], send)).stderr).toMatch(/^Anonymous telemetry collection/)
    const completed = await host.instrumented(['build'], { ...send, COMP_LINE: 'tool bu' })
    expect(completed).toMatchObject({ stdout: 'build\n', stderr: '' })
    expect((await host.instrumented(['build'], { COMP_LINE: 'tool bu' })).events).toEqual([])
  })

  test.each([
    [{ ignore: 'lsp' }, /option "ignore" must be a list of names/],
    [{ record: [1] }, /option "record" must be a list of names/],
    [{ nothing: 1 }, /option "nothing" is not known/],
  ])('%j is a wrong option', async (options, says) => {
    const { code, stderr } = await host.instrumented(['build'], { OPTIONS: JSON.stringify(options) })
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
  })

  /** What goes wrong while the adapter is at work, and what makes it right again for the host, if that needs it. */
  const faults: Record<string, readonly (readonly [fault: string, undo: string])[]> = {
    commander: [
      ['program.hook = undefined', ''],
      ['program.createOption = () => { throw new Error() }', ''],
      ['Object.defineProperty(program, "_exit", { get() { throw new Error() } })', ''],
      ['Object.defineProperty(program, "parse", { value: program.parse.bind(program), writable: false })', ''],
      ['program.helpInformation = undefined', 'delete program.helpInformation'],
    ],
    yargs: [
      ['cli.getInternalMethods = () => { throw new Error() }', 'delete cli.getInternalMethods'],
      ['cli.getInternalMethods = () => ({})', 'delete cli.getInternalMethods'],
      ['cli.option = undefined', 'delete cli.option'],
      ['cli.middleware = undefined', ''],
    ],
    cac: [
      ['cli.parse = undefined', 'delete cli.parse'],
      ['cli.addEventListener = () => { throw new Error() }', ''],
      [
        'Object.defineProperty(cli, "runMatchedCommand", { get() { throw new Error() }, configurable: true })',
        'delete cli.runMatchedCommand',
      ],
    ],
    clipanion: [
      ['cli.process = undefined', 'delete cli.process'],
      ['Object.defineProperty(cli, "usage", { value: cli.usage.bind(cli), writable: false })', ''],
    ],
    stricli: [
      ['main.root.getAllEntries = () => { throw new Error() }', ''],
      ['main.config.documentation = undefined', 'main.config.documentation = { caseStyle: "original" }'],
      ['Object.freeze(main); Object.freeze(main.root)', ''],
    ],
    citty: [
      ['Object.freeze(main); Object.freeze(subCommands)', ''],
      [
        'let once = 0; Object.defineProperty(main, "args", { enumerable: true, get() { if (once++ < 1 && !process.env.BARE) throw new Error(); return {} } })',
        '',
      ],
    ],
  }
  test.each(faults[framework] ?? [])('the host is unchanged after %s', async (fault, undo) => {
    const [call = ''] = /instrument\w+\((?:program|cli|main), options\)/.exec(source) ?? []
    const guarded = `(() => { ${fault}; const result = process.env.BARE ? undefined : ${call}; ${undo}; return result })()`
    const text = source
      .replace(/if \(!process\.env\.BARE\) .*/, `;${guarded}`)
      .replace(/process\.env\.BARE \? main : instrument\w+\(main, options\)/, `${guarded} ?? main`)
    const faulty = write('tool.mjs', text)
    try {
      const debug = { TOOL_DEBUG_TELEMETRY: '1' }
      const [bare, ran] = await Promise.all([faulty.bare(['build']), faulty.instrumented(['build'], debug)])
      expect([bare.code, bare.stdout]).toEqual([0, 'build\n'])
      expect([ran.code, ran.stdout]).toEqual([0, 'build\n'])
      if (!fault.includes('freeze')) expect(ran.stderr).toContain(`the adapter for ${framework} could not `)
    } finally {
      faulty.remove()
    }
  })
})

describe('oclif', () => {
  const oclif = {
    commands: { strategy: 'explicit', target: './commands.mjs', identifier: 'COMMANDS' },
    hooks: Object.fromEntries(
      ['init', 'prerun', 'finally'].map((name) => [name, { target: './hooks.mjs', identifier: name }]),
    ),
  }
  const files = (fault: string) => ({
    'package.json': JSON.stringify({
      name: 'tool',
      version: '1.0.0',
      type: 'module',
      bin: { tool: 'tool.mjs' },
      oclif,
    }),
    'commands.mjs': `import { Command, Flags } from '@oclif/core'
      class Build extends Command {
        static flags = { fast: Flags.boolean() }
        async run() { const { flags } = await this.parse(Build); console.log('build', flags.fast) }
      }
      export const COMMANDS = { build: Build }`,
    'hooks.mjs': `${head('oclif', 'oclifHooks')}
      const hooks = oclifHooks(options)
      const hook = (name) => async function (context) {
        if (process.env.BARE) return
        const { config, Command } = context
        ${fault}
        return hooks[name].call(this, context)
      }
      const last = hook('finally')
      export const init = hook('init')
      export const prerun = hook('prerun')
      export { last as finally }`,
  })

  test.each([
    ['', ''],
    ["if (name === 'init') Object.defineProperty(config, 'commands', { get() { throw new Error() } })", 'could not'],
    ["if (name === 'init') config.findCommand = () => { delete config.findCommand; throw new Error() }", 'could not'],
    ["if (name === 'prerun') Object.freeze(Command)", 'could not'],
    [
      "if (name === 'prerun') Object.defineProperty(Command, 'run', { value: Command.run, writable: false })",
      'could not',
    ],
    ["if (name === 'prerun') Object.defineProperty(Command, 'baseFlags', { get: () => ({}), configurable: true })", ''],
    ["if (name === 'prerun') Object.defineProperty(Command, 'flags', { value: Command.flags, writable: false })", ''],
    ["if (name === 'prerun') context = { ...context, Command: undefined }", 'could not'],
  ])('the host is unchanged after %s', async (fault, says) => {
    const start = "import { execute } from '@oclif/core'\nawait execute({ dir: import.meta.url })"
    const host = write('tool.mjs', start, { aliases: { '@oclif/core': '@oclif/core' }, files: files(fault) })
    try {
      const args = ['build', '--fast']
      const [bare, ran] = await Promise.all([host.bare(args), host.instrumented(args, { TOOL_DEBUG_TELEMETRY: '1' })])
      expect([bare.code, bare.stdout]).toEqual([0, 'build true\n'])
      expect([ran.code, ran.stdout]).toEqual([0, 'build true\n'])
      if (says) expect(ran.stderr).toContain(`the adapter for oclif ${says}`)
      else expect(ran.events).toEqual(['operation build', 'run'])
    } finally {
      host.remove()
    }
  })
})

describe('yargs that does not wait', () => {
  const source = (parse: string) => `import yargs from 'yargs'
    import { instrumentYargs } from 'cq-telemetry/yargs'
    const argv = instrumentYargs(yargs(process.argv.slice(2)), { app: { name: 'tool', version: '1.0.0' } })
      .command('build', 'b', {}, () => console.log('built'))${parse}
    console.log(argv._.length > 0)`

  test.each(['.parseSync()', '.argv', '.parse()'])('%s gets a value, and the added command runs', async (parse) => {
    const host = write('tool.mjs', source(parse))
    try {
      const words = ['status', 'disable', 'nonsense']
      const ran = await Promise.all(words.map((word) => host.instrumented(['telemetry', word])))
      expect(ran.map(({ code }) => code)).toEqual([0, 0, 2])
      expect(ran.map(({ stdout }) => stdout.split('\n')[0])).toEqual(['true', 'true', 'true'])
      expect(ran.map(({ stdout }) => stdout.split('\n')[1]?.slice(0, 12))).toEqual(['Telemetry is', 'Telemetry is', ''])
    } finally {
      host.remove()
    }
  })

  test('a program that exits at once says that nothing was done', async () => {
    const host = write('tool.mjs', `${source('.parseSync()')}\nprocess.exit(0)`)
    try {
      const { stderr } = await host.instrumented(['telemetry', 'disable'])
      expect(stderr).toBe('tool: the program ended before this was done. Use npx cq-telemetry --tool tool …\n')
    } finally {
      host.remove()
    }
  })
})
