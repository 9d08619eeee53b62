import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, newPlace, type Place, run } from '../support/program.ts'
import { newProject, type Project } from '../support/packed.ts'
import { spansOf, startReceiver } from '../support/receiver.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'

/**
 * What the README says, from an empty folder with the packed tarball: `init`, what it prints, and then a run that is recorded,
 * shown and switched off. The releases of the frameworks that Node 20 runs.
 */

const packages = [
  'commander@14.0.3',
  'yargs@18.2.0',
  '@types/yargs@17.0.35',
  'clipanion@3.2.1',
  'citty@0.2.2',
  '@oclif/core@4.14.0',
  '@stricli/core@1.3.0',
  'cac@7.1.0',
  'typescript@7.0.2',
  '@types/node@20.19.43',
]

let shared: Project
beforeAll(() => {
  shared = newProject(packages)
})
afterAll(() => shared.remove())

/** A folder of its own below the packages, which npm would have installed into it. */
const newFolder = (name: string) => {
  const directory = join(shared.directory, 'folders', name)
  mkdirSync(directory, { recursive: true })
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
  return { directory, write, read: (file: string) => readFileSync(join(directory, file), 'utf8') }
}

/** A program, and the words that are replaced as `init` says. Each prints `built` for `build`. */
interface Program {
  readonly depends: string
  readonly source: string
  readonly edits: readonly (readonly [string, string])[]
  /** Another name of the operation than `build`. */
  readonly operation?: string
}

const programs = {
  commander: {
    depends: 'commander',
    source: `import { Command } from 'commander'
const program = new Command('newtool')
program.command('build').action(() => console.log('built'))
await program.parseAsync()`,
    edits: [['await program.parseAsync()', 'withTelemetry(program)\nawait program.parseAsync()']],
  },
  yargs: {
    depends: 'yargs',
    source: `import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
await yargs(hideBin(process.argv)).command('build', 'b', {}, () => console.log('built')).strict().parseAsync()`,
    edits: [['yargs(hideBin(process.argv))', 'withTelemetry(yargs(hideBin(process.argv)))']],
  },
  clipanion: {
    depends: 'clipanion',
    source: `import { Builtins, Cli, Command } from 'clipanion'
class Build extends Command {
  static paths = [['build']]
  async execute() { this.context.stdout.write('built\\n') }
}
const cli = Cli.from([Build, Builtins.HelpCommand], { binaryName: 'newtool' })
await cli.runExit(process.argv.slice(2), Cli.defaultContext)`,
    edits: [['await cli.runExit', 'withTelemetry(cli)\nawait cli.runExit']],
  },
  parseArgs: {
    depends: 'nothing',
    source: `import { parseArgs } from 'node:util'
const main = async () => {
  const { positionals } = parseArgs({ allowPositionals: true, options: { watch: { type: 'boolean' } } })
  if (positionals[0] === 'build') console.log('built')
}
await main()`,
    edits: [
      ['await main()', 'await withTelemetry(() => main())'],
      ['options: {', 'options: { ...telemetryOptions,'],
    ],
    operation: 'newtool',
  },
  citty: {
    depends: 'citty',
    source: `import { defineCommand, runMain } from 'citty'
const build = defineCommand({ args: { dir: { type: 'string' } }, run: ({ args }) => console.log(args.dir ?? 'built') })
const main = defineCommand({ meta: { name: 'newtool' }, subCommands: { build } })
await runMain(main)`,
    edits: [['runMain(main)', 'runMain(withTelemetry(main))']],
  },
  stricli: {
    depends: '@stricli/core',
    source: `import { buildApplication, buildCommand, buildRouteMap, run } from '@stricli/core'
const build = buildCommand({ func: () => console.log('built'), parameters: {}, docs: { brief: 'b' } })
const app = buildApplication(buildRouteMap({ routes: { build }, docs: { brief: 'm' } }), { name: 'newtool' })
await run(app, process.argv.slice(2), { process })`,
    edits: [['run(app,', 'run(withTelemetry(app),']],
  },
  cac: {
    depends: 'cac',
    source: `import { cac } from 'cac'
const cli = cac('newtool')
cli.command('build', 'b').action(() => console.log('built'))
cli.parse()`,
    edits: [['cli.parse()', 'withTelemetry(cli)\ncli.parse()']],
  },
} as const satisfies Record<string, Program>

const commonJs = (text: string): string =>
  text
    .replaceAll(/^import (.*) from (.*)$/gm, 'const $1 = require($2)')
    .replaceAll(/^await /gm, '')
    .replaceAll('const yargs = ', 'const { default: yargs } = ')

/** What a project is, besides its program. */
interface Layout {
  readonly file: string
  readonly manifest: object
  readonly compilerOptions?: object
  /** How the program imports, before and after. */
  readonly form?: (text: string) => string
  /** Node warns of what the program lacks. */
  readonly env?: NodeJS.ProcessEnv
  /** Where the file of `init` is expected. */
  readonly written: string
}

/** As `tsc --init` writes it, but for the folders. */
const strictest = {
  module: 'nodenext',
  target: 'esnext',
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  declaration: true,
  isolatedModules: true,
  moduleDetection: 'force',
  skipLibCheck: true,
}
const asModule = { type: 'module', bin: { newtool: 'cli.js' } }
const compiled = { type: 'module', bin: { newtool: './dist/cli.js' } }
const commonJsFile = { target: 'es2022', types: ['node'], strict: true, outDir: 'dist' }

const inside = (text: string): string => {
  const at = text.indexOf('\nawait ')
  return at === -1 ? text : `${text.slice(0, at)}\nvoid (async () => {${text.slice(at)}\n})()\n`
}

const layouts = {
  'an ES module': { file: 'cli.js', manifest: asModule, written: 'telemetry.mjs' },
  'an ES module without a type': {
    file: 'cli.js',
    manifest: { bin: 'cli.js' },
    written: 'telemetry.mjs',
    env: { NODE_NO_WARNINGS: '1' },
  },
  CommonJS: { file: 'cli.js', manifest: { bin: { newtool: './cli.js' } }, form: commonJs, written: 'telemetry.cjs' },
  'CommonJS in lib': {
    file: 'lib/cli.js',
    manifest: { type: 'commonjs', bin: { newtool: 'lib/cli.js' } },
    form: commonJs,
    written: 'lib/telemetry.cjs',
  },
  'a TypeScript module in src': {
    file: 'src/cli.ts',
    manifest: compiled,
    compilerOptions: { ...strictest, verbatimModuleSyntax: true, rootDir: 'src', outDir: 'dist' },
    written: 'src/telemetry.ts',
  },
  'a TypeScript module in source': {
    file: 'source/cli.ts',
    manifest: { ...compiled, devDependencies: { '@types/node': '*' } },
    compilerOptions: { ...strictest, rootDir: 'source', outDir: 'dist' },
    written: 'source/telemetry.ts',
  },
  'a TypeScript module without folders': {
    file: 'cli.ts',
    manifest: asModule,
    compilerOptions: strictest,
    written: 'telemetry.ts',
  },
  'TypeScript to CommonJS': {
    file: 'src/cli.ts',
    manifest: { bin: { newtool: 'dist/cli.js' } },
    compilerOptions: { ...commonJsFile, module: 'node16', rootDir: 'src' },
    form: inside,
    written: 'src/telemetry.ts',
  },
  'TypeScript to CommonJS by an old resolution': {
    file: 'cli.ts',
    manifest: { bin: { newtool: 'dist/cli.js' } },
    compilerOptions: { ...commonJsFile, module: 'commonjs', moduleResolution: 'bundler', esModuleInterop: true },
    form: inside,
    written: 'telemetry.ts',
  },
} as const satisfies Record<string, Layout>

const rows: readonly (readonly [keyof typeof programs, keyof typeof layouts])[] = [
  ['commander', 'an ES module'],
  ['commander', 'an ES module without a type'],
  ['commander', 'CommonJS in lib'],
  ['commander', 'a TypeScript module in src'],
  ['commander', 'a TypeScript module in source'],
  ['commander', 'a TypeScript module without folders'],
  ['commander', 'TypeScript to CommonJS'],
  ['yargs', 'an ES module'],
  ['yargs', 'a TypeScript module in src'],
  ['clipanion', 'an ES module'],
  ['clipanion', 'CommonJS'],
  ['clipanion', 'TypeScript to CommonJS by an old resolution'],
  ['parseArgs', 'an ES module'],
  ['parseArgs', 'CommonJS'],
  ['parseArgs', 'a TypeScript module in src'],
  ['citty', 'an ES module'],
  ['citty', 'a TypeScript module in src'],
  ['stricli', 'TypeScript to CommonJS'],
  ['cac', 'an ES module'],
  ['cac', 'a TypeScript module in src'],
]

const typescript = (): string => join(shared.directory, 'node_modules/typescript/bin/tsc')
const initIn = (directory: string, place: Place, ...args: string[]): Promise<Ended> =>
  run(join(shared.directory, 'node_modules/.bin/cq-telemetry'), ['init', ...args], { ...place, cwd: directory })

/** The command of a step that ends in these words. A shell finds `npx` and Node. */
const stepOf = (said: string, words: string): string => {
  const [, step] = new RegExp(`^\\s+\\d+\\. (.*?${words})   `, 'm').exec(said) ?? []
  if (step === undefined) throw new Error(`no step ends in ${words}: ${said}`)
  return step.replace('<a command>', 'build')
}

describe.concurrent('followed to the letter, init makes of', () => {
  test.each(rows)('%s in %s a tool that records, shows and switches off', async (framework, layout) => {
    const place = newPlace()
    const program: Program = programs[framework]
    const { file, manifest, compilerOptions, form = (text: string) => text, env, written }: Layout = layouts[layout]
    const { directory, write, read } = newFolder(`${framework} ${layout}`.replaceAll(' ', '-'))
    const sh = (line: string) => run('sh', ['-c', line], { ...place, cwd: directory }, env)
    write(
      'package.json',
      JSON.stringify({ name: 'newtool', version: '3.2.1', dependencies: { [program.depends]: '*' }, ...manifest }),
    )
    if (compilerOptions) write('tsconfig.json', JSON.stringify({ compilerOptions, exclude: ['dist'] }, undefined, 2))
    write(file, form(program.source))

    const { stdout: said, stderr, code } = await initIn(directory, place)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(said).toContain(`Written: ${written}, TELEMETRY.md\n`)
    const [, where, line] = /^\s+\d+\. in (\S+): (.*)$/m.exec(said) ?? []
    expect(where).toBe(file)
    const edited = program.edits.reduce((text, [from, to]) => text.replace(from, to), program.source)
    write(file, `${line}\n${form(edited)}`)
    if (compilerOptions)
      expect(await run(process.execPath, [typescript(), '-p', directory], place)).toMatchObject({ stdout: '' })

    const operation = program.operation ?? 'build'
    const seen = await sh(stepOf(said, '--inspect-telemetry').replace(/(?<!build) --inspect/, ' build --inspect'))
    expect(seen).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(seen.stderr).toMatch(new RegExp(`^newtool .*\\n└─ ${operation} `, 'm'))
    expect(read('newtool-telemetry.log')).toContain('3.2.1')

    const tool = stepOf(said, '--inspect-telemetry').replace(/( build)? --inspect-telemetry$/, '')
    const recorded = () => readdirSync(join(place.home, '.newtool/telemetry/spool')).length
    expect(await sh(`${tool} build`)).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(recorded()).toBe(1)
    expect(await sh(`${tool} build --no-telemetry`)).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    expect(recorded()).toBe(1)
    const [, disable = ''] = /; (.* disable)   /.exec(said) ?? []
    expect((await sh(disable)).stdout).toContain('Telemetry is off')
    expect(await sh(`${tool} build`)).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    expect((await sh(stepOf(said, 'status'))).stdout).toMatch(/^Telemetry is off \(.* disable\)[^]*waiting {2}nothing/)
    expect(read('TELEMETRY.md')).toContain('# Telemetry of newtool')
    place.remove()
  })
})

/** As a plugin: not a line of code. */
const oclifPlugin = (endpoint: string) => {
  const { directory, write } = newFolder('oclif-plugin')
  // oclif looks for a plugin there alone.
  symlinkSync(join(shared.directory, 'node_modules'), join(directory, 'node_modules'))
  const commands = { strategy: 'explicit', target: './commands.js', identifier: 'default' }
  const oclif = { bin: 'newtool', commands, plugins: ['cq-telemetry'], telemetry: { otlp: { endpoint } } }
  const dependencies = { '@oclif/core': '*', 'cq-telemetry': '*' }
  write('package.json', JSON.stringify({ name: 'newtool', version: '3.2.1', type: 'module', dependencies, oclif }))
  write(
    'commands.js',
    `import { Command } from '@oclif/core'
     class Build extends Command { static args = {}; async run() { await this.parse(Build); this.log('built') } }
     export default { build: Build }`,
  )
  write('cli.js', "import { execute } from '@oclif/core'\nawait execute({ dir: import.meta.url })")
  return join(directory, 'cli.js')
}

const oneLine = async (endpoint: string, place: Place) => {
  const { directory, write } = newFolder('one-line')
  write('package.json', JSON.stringify({ name: 'newtool', version: '3.2.1', dependencies: { commander: '*' } }))
  await initIn(directory, place, '--endpoint', endpoint)
  const [[from, to]] = programs.commander.edits
  const line = "const { withTelemetry } = require('./telemetry.cjs')"
  write('cli.js', `${line}\n${commonJs(programs.commander.source.replace(from, to))}`)
  return join(directory, 'cli.js')
}

test.each([
  ['commander', oneLine],
  ['oclif as a plugin', oclifPlugin],
])('a tool of %s says on a terminal that it records, and sends the next time', async (_, make) => {
  const place = newPlace()
  const receiver = await startReceiver()
  const script = await make(receiver.url, place)
  const tool = (...args: string[]) => run(process.execPath, [script, ...args], place)
  expect((await tool('build', '--inspect-telemetry')).stdout).toBe('built\n')
  expect((await tool('telemetry', 'view')).stdout).toContain('└─ build')
  // The run that shows the notice is sent by the next one, so that there is time to say no.
  const words = shellWords(process.execPath, [script, 'build'])
  expect((await onTerminal(words, place)).stdout).toContain('Anonymous telemetry collection')
  expect(receiver.requests).toEqual([])
  await onTerminal(words, place)
  await expect.poll(() => spansOf(receiver.requests).length, { timeout: 60_000 }).toBe(4)
  expect(spansOf(receiver.requests).map(({ name }) => name)).toEqual(['build', 'newtool', 'build', 'newtool'])
  expect((await tool('telemetry', 'doctor')).stdout).toMatch(/✓ .*OTLP at 127\.0\.0\.1:\d+.*: it answers/)
  await receiver.close()
  place.remove()
})

const manifest = { name: 'newtool', version: '1.0.0', type: 'module' }
const commander = { dependencies: { commander: '*' } }
const program = programs.commander.source

describe.concurrent('init in a project', () => {
  test.each([
    [
      'several files that import the framework',
      {
        'package.json': { ...manifest, ...commander, bin: './main.js' },
        'a/helper.js': "import 'commander'",
        'a/other.js': program,
        'main.js': program,
      },
      'in main.js (or a/other.js, if the program starts there): import',
    ],
    [
      'two frameworks, of which one is used',
      {
        'package.json': { ...manifest, dependencies: { yargs: '*' }, devDependencies: { commander: '*' } },
        'cli.js': program,
      },
      'in cli.js: import { withTelemetry }',
    ],
    [
      'a command that is bundled from development dependencies',
      { 'package.json': { ...manifest, devDependencies: { commander: '*' } }, 'src/cli.js': program },
      'Written: src/telemetry.mjs,',
    ],
    [
      'several commands',
      {
        'package.json': { ...manifest, ...commander, bin: { one: 'one.js', two: 'two.js' } },
        'two.js': program,
        'one.js': program,
      },
      'in one.js (or two.js, if the program starts there): import',
    ],
    [
      'capitals',
      { 'package.json': { ...manifest, ...commander, bin: { NewTool: 'cli.js' } }, 'cli.js': program },
      'node cli.js telemetry status',
    ],
    [
      'a configuration that extends another',
      {
        'package.json': { name: 'newtool', bin: 'dist/cli.js', ...commander },
        'tsconfig.json': { extends: './base' },
        'base.json': { compilerOptions: { module: 'preserve' } },
        'src/cli.ts': program,
      },
      "in src/cli.ts: import { withTelemetry } from './telemetry.js'",
    ],
    [
      'sources that Node runs',
      { 'package.json': { ...manifest, bin: 'cli.ts', ...commander }, 'cli.ts': program },
      "in cli.ts: import { withTelemetry } from './telemetry.ts'",
    ],
    ['nothing yet', { 'package.json': { name: 'newtool' } }, '--inspect-telemetry'],
    [
      'a package of a monorepo',
      {
        '../package.json': { workspaces: ['*'] },
        'package.json': { ...manifest, ...commander, bin: 'cli.js' },
        'cli.js': program,
      },
      'in cli.js: import',
    ],
  ] as const)('with %s says where what belongs', async (name, files, says) => {
    const place = newPlace()
    const { directory, write } = newFolder(`${name}/package`.replaceAll(' ', '-'))
    for (const [file, content] of Object.entries(files))
      write(file, typeof content === 'string' ? content : JSON.stringify(content))
    const { stdout, stderr, code } = await initIn(directory, place)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toContain(says)
    place.remove()
  })

  test.each([
    [
      'that is none',
      {},
      /package\.json cannot be read \(ENOENT\): name the directory of a project, or make one by npm init/,
    ],
    [
      'of packages',
      { 'package.json': { workspaces: ['packages/*'] }, 'packages/tool/package.json': manifest },
      /holds packages, and no command: name the directory of the tool's package/,
    ],
    [
      'that has telemetry',
      {
        'package.json': { ...manifest, ...commander },
        'cli.js': "import { instrumentCommander } from 'cq-telemetry/commander'",
      },
      /cli\.js has telemetry already: use --force/,
    ],
  ] as const)('%s is refused with one line', async (name, files, says) => {
    const place = newPlace()
    const { directory, write } = newFolder(name.replaceAll(' ', '-'))
    write('keep', '')
    for (const [file, content] of Object.entries(files))
      write(file, typeof content === 'string' ? content : JSON.stringify(content))
    const { stderr, code } = await initIn(directory, place)
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
    expect(stderr).toMatch(says)
    expect(readdirSync(directory).sort()).toEqual(
      [...new Set(['keep', ...Object.keys(files).map((file) => file.split('/')[0] ?? '')])].sort(),
    )
    place.remove()
  })
})
