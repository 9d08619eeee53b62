import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPlace, run } from '../support/program.ts'
import { newProject, nodes, type Project } from '../support/packed.ts'

/** The test-suites of hosts: an instrumented tool that is imported by a test loads, records nothing and holds no runner. */

let project: Project
beforeAll(() => {
  project = newProject(
    [
      'jest@30.5.2',
      'babel-jest@30.5.2',
      '@babel/plugin-transform-modules-commonjs@7.27.1',
      'ts-jest@29.4.15',
      '@types/jest@30.0.0',
      'typescript@5.9.3',
      '@types/node@20.19.43',
      'commander@14.0.3',
      'mocha@11.7.5',
      'vitest@4.1.12',
      'vitest3@npm:vitest@3.2.4',
    ],
    // Two releases of one runner have peers that exclude each other.
    ['--legacy-peer-deps'],
  )
})
afterAll(() => project.remove())

const body = `async (args) => {
  const program = new Command('mytool').exitOverride()
  instrumentCommander(program, { app: { name: 'mytool', version: '1.2.3' }, otlp: { endpoint: 'http://127.0.0.1:9' } })
  let said = ''
  program.command('build').action(() => { said = 'built' })
  await program.parseAsync(args, { from: 'user' })
  return said
}
`
const imported = `import { Command } from 'commander'\nimport { instrumentCommander } from 'cq-telemetry/commander'\n`
const asModule = `${imported}export const main = ${body}`
const asTypeScript = asModule.replace('(args)', '(args: string[])')
const asCommonJs = `${imported.replaceAll(/import (.*) from (.*)/g, 'const $1 = require($2)')}exports.main = ${body}`

const passes = "async () => { expect(await main(['build'])).toBe('built') }"
const asserts = "async () => { assert.equal(await main(['build']), 'built') }"

/** The configuration that docs/testing.md shows. */
const documented = (): string => {
  const page = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8')
  const [, config] = /```js\n\/\/ jest\.config\.cjs\n([^]*?)```/.exec(page) ?? []
  if (config === undefined) throw new Error('docs/testing.md shows no jest.config.cjs')
  return config
}
const withTypeScript = (config: string): string =>
  config.replace('transform: {', () => "transform: { '\\\\.ts$': 'ts-jest',")

/** `capture()` and the matcher, with its types. */
const testingKit = (runner: string, types: string): string => `
import { expect, test } from '${runner}'
import { capture, telemetryMatchers, type TelemetryMatchers } from 'cq-telemetry/testing'
import { main } from './cli.js'
${types}
expect.extend(telemetryMatchers)
test('builds', ${passes})
test('leaks nothing', async () => {
  const captured = await capture(process.execPath, ['-e', "import('cq-telemetry').then(({ instrument }) => instrument({ app: { name: 'mytool', version: '1.2.3' }, otlp: { endpoint: 'http://127.0.0.1:9' }, publicNames: { operations: ['build'] } }).operation('build', () => 1))", 's3cret-s3cret'])
  expect(captured.events.map(({ event }) => event)).toEqual(['operation', 'run'])
  expect(captured).toLeakNothing(['s3cret-s3cret'])
}, 60_000)
`
const vitestTypes = `declare module 'vitest' {
  interface Matchers<T = any> extends TelemetryMatchers<T> {}
}`

const bin = (path: string): string => join(project.directory, 'node_modules', path)
/** On a busy machine a runner's own limits, of seconds, may be too short. */
const jestPatience = ['--testTimeout=60000', '--openHandlesTimeout=10000']
const jest = () => [bin('jest/bin/jest.js'), '--rootDir', '.', ...jestPatience]
const vmModules = '--experimental-vm-modules'
const newest = nodes.at(-1)?.[1]
const compilerOptions = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  types: ['node'],
  noEmit: true,
  skipLibCheck: true,
}
const commonJsOptions = {
  module: 'commonjs',
  moduleResolution: 'node10',
  esModuleInterop: true,
  // ts-jest then compiles file by file.
  isolatedModules: true,
  target: 'es2022',
  strict: true,
  types: ['node', 'jest'],
}

interface Suite {
  readonly type: 'module' | 'commonjs'
  readonly files: Readonly<Record<string, string>>
  readonly args: () => readonly string[]
  readonly node?: string | undefined
  /** Is type-checked too. */
  readonly compilerOptions?: object
}

const suites: Readonly<Record<string, () => Suite>> = {
  'Jest as CommonJS, configured as docs/testing.md says': () => ({
    type: 'commonjs',
    files: {
      'cli.js': asCommonJs,
      'cli.test.js': `const { main } = require('./cli.js')\ntest('builds', ${passes})`,
      'jest.config.cjs': documented(),
    },
    args: jest,
  }),
  'ts-jest as CommonJS, configured as docs/testing.md says': () => ({
    type: 'commonjs',
    files: {
      'cli.ts': asTypeScript,
      'cli.test.ts': `import { main } from './cli'\ntest('builds', ${passes})`,
      'jest.config.cjs': withTypeScript(documented()),
    },
    args: jest,
    compilerOptions: commonJsOptions,
  }),
  'Jest as CommonJS on the newest Node with its modules': () => ({
    type: 'commonjs',
    files: { 'cli.js': asCommonJs, 'cli.test.js': `const { main } = require('./cli.js')\ntest('builds', ${passes})` },
    args: () => [vmModules, ...jest()],
    node: newest,
  }),
  'Jest with ES modules': () => ({
    type: 'module',
    files: {
      'cli.js': asModule,
      'cli.test.js': testingKit('@jest/globals', '').replace(', type TelemetryMatchers', ''),
    },
    args: () => [vmModules, ...jest()],
  }),
  'vitest 4': () => ({
    type: 'module',
    files: { 'cli.ts': asTypeScript, 'cli.test.ts': testingKit('vitest', vitestTypes) },
    args: () => [bin('vitest/vitest.mjs'), 'run', '--testTimeout=60000'],
    compilerOptions,
  }),
  'vitest 3': () => ({
    type: 'module',
    files: { 'cli.ts': asTypeScript, 'cli.test.ts': testingKit('vitest3', '') },
    args: () => [bin('vitest3/vitest.mjs'), 'run', '--testTimeout=60000'],
  }),
  mocha: () => ({
    type: 'module',
    files: {
      'cli.js': asModule,
      'cli.test.js': `import assert from 'node:assert'\nimport { main } from './cli.js'\nit('builds', ${asserts})`,
    },
    args: () => [bin('mocha/bin/mocha.js'), '--timeout', '60000', 'cli.test.js'],
  }),
  'node --test': () => ({
    type: 'commonjs',
    files: {
      'cli.js': asCommonJs,
      'cli.test.js': `const assert = require('node:assert')\nconst { test } = require('node:test')\nconst { main } = require('./cli.js')\ntest('builds', ${asserts})`,
    },
    args: () => ['--test', 'cli.test.js'],
  }),
}

const writeSuite = (name: string, { type, files, compilerOptions: options }: Suite): string => {
  const directory = join(project.directory, 'suites', name.replaceAll(/[^\w.-]+/g, '-'))
  const all = {
    ...files,
    'package.json': JSON.stringify({ name: 'mytool', version: '1.2.3', type }),
    ...(options && { 'tsconfig.json': JSON.stringify({ compilerOptions: options }) }),
  }
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
  return directory
}

describe.concurrent('a tool that is tested by', () => {
  test.each(Object.keys(suites))('%s loads, records nothing and ends', async (name) => {
    const suite = suites[name]!()
    const place = newPlace()
    const at = { ...place, cwd: writeSuite(name, suite) }
    const { code, stdout, stderr } = await run(suite.node ?? process.execPath, suite.args(), at)
    expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' })
    expect(stdout + stderr).not.toMatch(/did not exit|open handle|force exit|telemetry collection/i)
    expect(existsSync(join(place.home, '.mytool'))).toBe(false)
    if (suite.compilerOptions)
      expect((await run(process.execPath, [bin('typescript/bin/tsc'), '-p', '.', '--noEmit'], at)).stdout).toBe('')
    place.remove()
  })
})
