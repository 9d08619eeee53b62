import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newProject, pack, type Project } from '../support/packed.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { run } from '../support/program.ts'
import { arrived, saysOfChild } from '../support/runtimes.ts'
import { sawNotice } from '../support/spool.ts'

/** The same as `e2e/runtimes.test.ts`, in runtimes and installations that have to be downloaded. */

const fixture = new URL('../fixtures/runtimes/tool.cjs', import.meta.url).pathname

let project: Project
beforeAll(() => {
  project = newProject([
    'deno@2.9.6',
    '@oven/bun-linux-x64-baseline@1.4.5',
    '@yarnpkg/cli-dist@4.18.1',
    'postject@1.0.0-alpha.6',
  ])
  copyFileSync(fixture, join(project.directory, 'tool.cjs'))
  prepareYarn()
}, 300_000)
afterAll(() => project.remove())

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const inProject = (...path: string[]): string => join(project.directory, ...path)
const yarn = (): string => inProject('node_modules/@yarnpkg/cli-dist/bin/yarn.js')

/** A project of Yarn, in which the package lies in an archive and only the loader of Yarn finds it. */
const prepareYarn = (): void => {
  mkdirSync(inProject('yarn'))
  copyFileSync(fixture, inProject('yarn/tool.cjs'))
  copyFileSync(fixture, inProject('yarn/tool.mjs'))
  const text =
    "import { createRequire } from 'node:module'\nimport 'cq-telemetry'\ncreateRequire(import.meta.url)('./tool.cjs')\n"
  writeFileSync(inProject('yarn/tool.mjs'), text)
  writeFileSync(
    inProject('yarn/.yarnrc.yml'),
    'enableTelemetry: false\nenableGlobalCache: false\nhttpRetry: 10\nnodeLinker: pnp\n',
  )
  const dependencies = { 'cq-telemetry': `file:${pack()}` }
  writeFileSync(inProject('yarn/package.json'), JSON.stringify({ name: 'tool', private: true, dependencies }))
  writeFileSync(inProject('yarn/yarn.lock'), '')
  const env = { ...process.env, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' }
  execFileSync(process.execPath, [yarn(), 'install'], { cwd: inProject('yarn'), env, stdio: 'pipe' })
}

/** A command, and how it starts the child. */
type Started = readonly [command: string, ...args: string[]]
const pnp = () => ['-r', inProject('yarn/.pnp.cjs')]
const rows: readonly {
  readonly name: string
  readonly start: () => Started
  readonly env?: () => NodeJS.ProcessEnv
}[] = [
  { name: "Yarn Plug'n'Play", start: () => [process.execPath, ...pnp(), inProject('yarn/tool.cjs')] },
  {
    name: "Yarn Plug'n'Play by NODE_OPTIONS",
    start: () => [process.execPath, inProject('yarn/tool.cjs')],
    env: () => ({ NODE_OPTIONS: pnp().join(' ') }),
  },
  {
    name: "Yarn Plug'n'Play with ES modules",
    start: () => [
      process.execPath,
      ...pnp(),
      '--no-warnings',
      '--experimental-loader',
      inProject('yarn/.pnp.loader.mjs'),
      inProject('yarn/tool.mjs'),
    ],
  },
  { name: 'yarn node', start: () => [process.execPath, yarn(), '--cwd', inProject('yarn'), 'node', 'tool.cjs'] },
  {
    name: 'Bun',
    start: () => [inProject('node_modules/@oven/bun-linux-x64-baseline/bin/bun'), inProject('tool.cjs')],
  },
  {
    name: 'Deno',
    start: () => [inProject('node_modules/.bin/deno'), 'run', '--allow-all', '--quiet', inProject('tool.cjs')],
  },
]

test.each(rows)('a run by $name arrives, as doctor predicts', async ({ start, env = () => ({}) }) => {
  const [command, ...args] = start()
  const all = { ENDPOINT: receiver.url, ...env() }
  expect(await run(command, args, place, all)).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
  await arrived(receiver)
  expect((await saysOfChild(command, args, place, all)).state).toBe('ok')
})

describe('a single executable of Node', () => {
  const tool = (): string => inProject('sea/tool')
  beforeAll(async () => {
    mkdirSync(inProject('sea'))
    const bundled = inProject('sea/bundled.cjs')
    const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'error' } as const
    await build({ ...common, entryPoints: [inProject('tool.cjs')], outfile: bundled, format: 'cjs' })
    const config = { main: bundled, output: inProject('sea/blob'), disableExperimentalSEAWarning: true }
    writeFileSync(inProject('sea/config.json'), JSON.stringify(config))
    execFileSync(process.execPath, ['--experimental-sea-config', inProject('sea/config.json')], { stdio: 'pipe' })
    copyFileSync(process.execPath, tool())
    chmodSync(tool(), 0o755)
    const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
    const postject = [inProject('node_modules/.bin/postject'), tool(), 'NODE_SEA_BLOB', inProject('sea/blob')]
    execFileSync(process.execPath, [...postject, '--sentinel-fuse', fuse], { stdio: 'pipe' })
    copyFileSync(inProject('node_modules/cq-telemetry/dist/deliver/main.js'), inProject('sea/child.js'))
  }, 300_000)

  test("sends in a thread if the child's file is beside it, and doctor says so", async () => {
    const env = { ENDPOINT: receiver.url, CHILD: './child.js' }
    expect(await run(tool(), [], place, env)).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    await arrived(receiver)
    const said = await saysOfChild(tool(), [], place, env)
    expect(said).toMatchObject({ state: 'warning', doctor: said.status })
    expect(said.status).toContain('the tool is a single executable')
  })
})
