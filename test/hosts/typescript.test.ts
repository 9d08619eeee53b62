import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPlace, type Place, run } from '../support/program.ts'
import { copyFixtures, newProject, nodes, type Project } from '../support/packed.ts'

/** TypeScript hosts of the packed package: compiled to ES modules and to CommonJS, the declarations checked too, and run. */

const more = ['cac@7.1.0', 'clipanion@3.2.1', '@stricli/core@1.3.0']
const hosts = [
  {
    host: 'tool',
    packages: [
      'commander@14.0.3',
      'yargs@17.7.2',
      '@types/yargs@17.0.35',
      'citty@0.2.2',
      '@oclif/core@4.14.0',
      ...more,
    ],
    prints: /^function function object(?: function){4} string number(?: function){9}\n$/,
  },
  {
    host: 'opentelemetry',
    packages: ['@opentelemetry/api@1.9.1', '@opentelemetry/sdk-trace@2.12.0'],
    prints: /^function string function\n$/,
  },
]

const settings = [
  { compiler: 'typescript5', type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  { compiler: 'typescript5', type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
  { compiler: 'typescript7', type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { compiler: 'typescript7', type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  { compiler: 'typescript7', type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  { compiler: 'typescript7', type: 'commonjs', module: 'commonjs', moduleResolution: 'bundler' },
] as const

let place: Place
beforeEach(() => {
  place = newPlace()
})
afterEach(() => place.remove())

describe.each(hosts)('the host “$host”', ({ host, packages, prints }) => {
  let project: Project
  beforeAll(() => {
    const compilers = ['typescript5@npm:typescript@5.9.3', 'typescript7@npm:typescript@7.0.2', '@types/node@20.19.43']
    project = newProject([...packages, ...compilers])
    copyFixtures(project, 'typescript')
  })
  afterAll(() => project.remove())

  test.each(settings)(
    'by $compiler as $type, module $module, resolution $moduleResolution',
    async ({ compiler, type, module, moduleResolution }) => {
      const directory = join(project.directory, 'typescript')
      writeFileSync(join(directory, 'package.json'), JSON.stringify({ type }))
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2022',
        lib: ['es2023'],
        types: ['node'],
        strict: true,
        skipLibCheck: false,
        esModuleInterop: true,
        outDir: 'out',
      }
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [`${host}.ts`] }))
      const tsc = join(project.directory, 'node_modules', compiler, 'bin/tsc')
      const { stdout, code } = await run(process.execPath, [tsc, '-p', directory], { ...place, cwd: directory })
      expect({ stdout, code }).toEqual({ stdout: '', code: 0 })
      for (const [, node] of nodes)
        expect((await run(node, [join(directory, 'out', `${host}.js`)], place)).stdout).toMatch(prints)
    },
  )
})
