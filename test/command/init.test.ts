import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { resourceTable, spanTable } from '../../src/schema/table.ts'
import { compilerModule } from '../../src/command/init-project.ts'
import { run } from '../support/program.ts'
import { usePlace } from '../support/place.ts'

/** The first lines of a tool's telemetry, written by the command, and run. */

const place = usePlace()
beforeEach(() => {
  symlinkSync(join(root, 'node_modules'), join(place.cwd, 'node_modules'))
})

const root = new URL('../..', import.meta.url).pathname
const main = join(root, 'dist/command/main.js')
const init = (...args: string[]) => run(process.execPath, [main, 'init', ...args], place)
const project = (more: object = {}): void => {
  writeFileSync(
    join(place.cwd, 'package.json'),
    JSON.stringify({ name: '@me/my-tool', version: '1.2.3', bin: { mytool: 'bin.mjs' }, type: 'module', ...more }),
  )
}
const read = (name: string): string => readFileSync(join(place.cwd, name), 'utf8')

/** A tool around what was written, for each framework. */
const tools: Record<string, { readonly depends: string; readonly source: string }> = {
  commander: {
    depends: 'commander',
    source: `import { Command } from 'commander'
      import { withTelemetry } from './telemetry.mjs'
      const program = new Command('mytool')
      withTelemetry(program)
      program.command('build').action(() => console.log('built'))
      await program.parseAsync()`,
  },
  yargs: {
    depends: 'yargs',
    source: `import yargs from 'yargs'
      import { withTelemetry } from './telemetry.mjs'
      await withTelemetry(yargs(process.argv.slice(2))).command('build', 'b', () => {}, () => console.log('built')).parseAsync()`,
  },
  citty: {
    depends: 'citty',
    source: `import { runMain } from 'citty'
      import { withTelemetry } from './telemetry.mjs'
      await runMain(withTelemetry({ subCommands: { build: { run: () => console.log('built') } } }))`,
  },
  cac: {
    depends: 'cac',
    source: `import { cac } from 'cac'
      import { withTelemetry } from './telemetry.mjs'
      const cli = cac('mytool')
      withTelemetry(cli)
      cli.command('build', 'b').action(() => console.log('built'))
      cli.parse()`,
  },
  clipanion: {
    depends: 'clipanion',
    source: `import { Cli, Command } from 'clipanion'
      import { withTelemetry } from './telemetry.mjs'
      class Build extends Command { static paths = [['build']]; execute = async () => console.log('built') }
      const cli = Cli.from([Build])
      withTelemetry(cli)
      await cli.runExit(process.argv.slice(2))`,
  },
  stricli: {
    depends: '@stricli/core',
    source: `import { buildApplication, buildCommand, buildRouteMap, run } from '@stricli/core'
      import { withTelemetry } from './telemetry.mjs'
      const build = buildCommand({ func: () => console.log('built'), parameters: {}, docs: { brief: 'b' } })
      const root = buildRouteMap({ routes: { build }, docs: { brief: 'm' } })
      await run(withTelemetry(buildApplication(root, { name: 'mytool' })), process.argv.slice(2), { process })`,
  },
  plain: {
    depends: 'nothing-of-these',
    source: `import { parseArgs } from 'node:util'
      import { telemetryOptions, withTelemetry } from './telemetry.mjs'
      await withTelemetry(() => {
        parseArgs({ options: telemetryOptions, allowPositionals: true })
        console.log('built')
      })`,
  },
}

describe.each(Object.entries(tools))('for %s', (name, { depends, source }) => {
  test('the written file runs, and the page says how to inspect telemetry and to switch it off', async () => {
    project({ dependencies: { [depends]: '*' } })
    const { code, stdout } = await init('--endpoint', 'https://telemetry.mytool.dev')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Written: telemetry\.mjs, TELEMETRY\.md\n\nNext:\n {2}1\. npm install cq-telemetry$/m)
    writeFileSync(join(place.cwd, 'bin.mjs'), source)
    const ended = await run(process.execPath, ['bin.mjs', 'build', '--inspect-telemetry'], place)
    expect(ended).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(ended.stderr).toMatch(name === 'plain' ? /^mytool .*\n└─ mytool /m : /^mytool .*\n└─ build /m)
    expect(existsSync(join(place.cwd, 'mytool-telemetry.log'))).toBe(true)
    const off = await run(process.execPath, ['bin.mjs', 'build'], place, { MYTOOL_NO_TELEMETRY: '1' })
    expect(off).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    expect(read('TELEMETRY.md')).toContain('`MYTOOL_NO_TELEMETRY=1`')
    expect(read('TELEMETRY.md')).toContain('telemetry.mytool.dev')
  })
})

test('names of files and variables follow from the name of the tool', async () => {
  project()
  await init()
  expect(read('telemetry.mjs')).toContain("app: { name: 'mytool', version }")
  expect(read('telemetry.mjs')).not.toMatch(/directory|envPrefix|logFile|dataDir/)
  expect(read('TELEMETRY.md')).toContain('`npx cq-telemetry --tool mytool disable`')
  expect(read('TELEMETRY.md')).toContain('`npx cq-telemetry view mytool-telemetry.log --open`')
})

test.each([
  ['MyTool', 'mytool', 'MYTOOL'],
  ['7zip-next', 'zip-next', 'ZIP_NEXT'],
  ['cloudquery', 'cloudquery', 'CQ'],
  ['_', 'mytool', 'MYTOOL'],
])('the command %s is the tool %s, with variables %s_…', async (command, name, prefix) => {
  project({ bin: { [command]: 'bin.mjs' } })
  await init()
  expect(read('telemetry.mjs')).toContain(`app: { name: '${name}', version }`)
  expect(read('TELEMETRY.md')).toContain(`# Telemetry of ${command}\n`)
  expect(read('TELEMETRY.md')).toContain(`\`${prefix}_NO_TELEMETRY=1\``)
  const off = await run(process.execPath, ['telemetry.mjs'], place, { [`${prefix}_NO_TELEMETRY`]: '1' })
  expect(off).toMatchObject({ code: 0, stderr: '' })
})

test('the file is written to the folder that TypeScript and oclif read', async () => {
  project({ dependencies: { '@oclif/core': '*' } })
  mkdirSync(join(place.cwd, 'src'))
  writeFileSync(join(place.cwd, 'tsconfig.json'), '{}')
  expect((await init('--json')).stdout).toContain('"src/hooks/telemetry.ts"')
  expect(read('src/hooks/telemetry.ts')).toContain("import { oclifHooks } from 'cq-telemetry/oclif'")
})

test('the page has each attribute of a run, an operation and a crash, from the schema', async () => {
  project()
  await init()
  const page = read('TELEMETRY.md')
  const onSpans = spanTable.filter(({ on }) => on.includes('operation') || on.includes('crash'))
  const rows = [...resourceTable, ...onSpans].filter(
    ({ source, key }) => source === 'client' && !key.includes('diagnostics.'),
  )
  expect(rows.length).toBeGreaterThan(40)
  expect(rows.filter(({ key }) => !page.includes(`| \`${key}\` |`))).toEqual([])
})

describe('nothing is lost', () => {
  test('existing files stay, except with --force', async () => {
    project()
    writeFileSync(join(place.cwd, 'TELEMETRY.md'), 'mine')
    const refused = await init()
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/TELEMETRY\.md would be overwritten: use --force/)
    expect([read('TELEMETRY.md'), existsSync(join(place.cwd, 'telemetry.mjs'))]).toEqual(['mine', false])
    expect((await init('--force')).code).toBe(0)
    expect(read('TELEMETRY.md')).not.toBe('mine')
  })

  test('--dry-run writes nothing', async () => {
    project()
    expect((await init('--dry-run')).stdout).toContain('--- telemetry.mjs\n')
    expect(existsSync(join(place.cwd, 'telemetry.mjs'))).toBe(false)
  })

  test.each([
    ['no package.json', [], /package\.json cannot be read \(ENOENT\): name the directory of a project/],
    ['an endpoint that is none', ['--endpoint', 'nowhere'], /--endpoint must be an http or https URL/],
  ])('%s is said with code 2', async (_, args, says) => {
    if (args.length > 0) project()
    const { code, stderr } = await init(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })
})

test.each(Object.entries(tools))('with --force the output for %s is the same', async (_, { depends, source }) => {
  project({ dependencies: { [depends]: '*' } })
  writeFileSync(join(place.cwd, 'bin.mjs'), source.replace(/import .*telemetry\.mjs'/, ''))
  const first = await init()
  expect((await init('--force')).stdout).toBe(first.stdout)
  expect(first.stdout).toContain('  2. in bin.mjs: import')
})

describe('init reads the compiler option module of tsconfig.json', () => {
  const commonJs = { compilerOptions: { module: 'CommonJS' } }
  const esm = { compilerOptions: { module: 'ESNext' } }

  test.each<[string, object | string, string | undefined]>([
    ['itself', esm, 'esnext'],
    ['with comments and commas at the end', '/* a */ { "compilerOptions": { "module": "ESNext", }, } // b', 'esnext'],
    ['that extends another', { extends: './esm' }, 'esnext'],
    ['that extends a package', { extends: 'base/tsconfig.json' }, 'commonjs'],
    ['that extends several, of which the last counts', { extends: ['./esm', './commonjs.json'] }, 'commonjs'],
    ['that extends several, in the other order', { extends: ['./commonjs.json', './esm'] }, 'esnext'],
    ['that extends several, and says it itself', { extends: ['./esm'], ...commonJs }, 'commonjs'],
    ['that extends itself', { extends: './tsconfig.json' }, ''],
    ['that extends what is not installed', { extends: 'nowhere/tsconfig.json' }, ''],
    ['that is empty', '', ''],
    ['that is no JSON', '{{', ''],
    ['that has anything else in it', { extends: 7, compilerOptions: { module: 7 } }, ''],
  ])('%s', (_, config, module) => {
    const at = join(place.cwd, 'typed')
    mkdirSync(join(at, 'node_modules/base'), { recursive: true })
    writeFileSync(join(at, 'esm.json'), JSON.stringify(esm))
    for (const file of ['commonjs.json', 'node_modules/base/tsconfig.json'])
      writeFileSync(join(at, file), JSON.stringify(commonJs))
    writeFileSync(join(at, 'tsconfig.json'), typeof config === 'string' ? config : JSON.stringify(config))
    expect(compilerModule(at)).toBe(module)
  })

  test('none if it is missing, or a directory', () => {
    expect(compilerModule(place.cwd)).toBeUndefined()
    mkdirSync(join(place.cwd, 'tsconfig.json'))
    expect(compilerModule(place.cwd)).toBeUndefined()
  })
})

describe('the file in TypeScript compiles and finds the version', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const compile = () => run(process.execPath, [tsc, '-p', '.'], place)

  test.each([
    ['module', 'nodenext', '.', 'dist/telemetry.js'],
    ['commonjs', 'nodenext', '.', 'dist/telemetry.js'],
    ['module', 'node16', 'src', 'dist/src/telemetry.js'],
    ['commonjs', 'commonjs', 'src', 'telemetry.js'],
  ])('type %s, module %s, source in %s, written to %s', async (type, module, source, output) => {
    project({ type, version: '3.2.1', dependencies: { commander: '*' } })
    if (source !== '.') mkdirSync(join(place.cwd, source))
    const inPlace = !output.startsWith('dist')
    const compilerOptions = {
      module,
      ...(module === 'commonjs' && { moduleResolution: 'bundler' }),
      target: 'es2022',
      types: ['node'],
      strict: true,
      ...(!inPlace && { outDir: 'dist' }),
      ...(inPlace && { outDir: '.' }),
      rootDir: output.includes('src/') ? '.' : source,
    }
    const file = `${source}/telemetry.ts`
    writeFileSync(
      join(place.cwd, 'tsconfig.json'),
      `// comments\n${JSON.stringify({ compilerOptions, files: [file] })}`,
    )
    expect((await init()).code).toBe(0)
    expect(await compile()).toMatchObject({ code: 0, stdout: '' })
    writeFileSync(
      join(place.cwd, 'bin.mjs'),
      `import { Command } from 'commander'
       import { withTelemetry } from './${output}'
       const program = new Command('mytool')
       withTelemetry(program)
       program.command('build').action(() => console.log('built'))
       await program.parseAsync()`,
    )
    const ended = await run(process.execPath, ['bin.mjs', 'build', '--inspect-telemetry'], place)
    expect(ended).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(read('mytool-telemetry.log')).toContain('3.2.1')
  })
})

test('the files and the steps for oclif record a tool', async () => {
  project({ dependencies: { '@oclif/core': '*' } })
  const { stdout } = await init()
  const [, hooks = ''] = /"oclif": (\{.*\})$/m.exec(stdout) ?? []
  const oclif = JSON.parse(hooks) as { hooks: object }
  const commands = { strategy: 'explicit', target: './commands.mjs', identifier: 'COMMANDS' }
  project({ oclif: { bin: 'mytool', commands, ...oclif } })
  writeFileSync(
    join(place.cwd, 'commands.mjs'),
    `import { Command } from '@oclif/core'
     class Build extends Command { async run() { await this.parse(Build); this.log('built') } }
     export const COMMANDS = { build: Build }`,
  )
  writeFileSync(
    join(place.cwd, 'bin.mjs'),
    "import { execute } from '@oclif/core'\nawait execute({ dir: import.meta.url })",
  )
  const ended = await run(process.execPath, ['bin.mjs', 'build', '--inspect-telemetry'], place)
  expect(ended).toMatchObject({ code: 0, stdout: 'built\n' })
  expect(ended.stderr).toMatch(/^mytool .*\n└─ build /m)
  expect(Object.keys(oclif.hooks)).toEqual(['init', 'prerun', 'finally'])
})
