import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newProject, type Project } from '../support/packed.ts'
import { type Ended, inspectLog, newPlace, type Place, run } from '../support/program.ts'
import { spansOf, startReceiver } from '../support/receiver.ts'
import { batchesIn, files, sawNotice, states } from '../support/spool.ts'

/**
 * Tools that a bundler has made one file of, from the package as it is published: each runs in an empty folder, where nothing
 * but the bundle can be found. `bundlers/build.mjs` holds the settings of each bundler.
 */

const bundlers = join(import.meta.dirname, 'bundlers')
const bun = join(bundlers, 'node_modules/@oven/bun-linux-x64-baseline/bin/bun')

type Format = 'esm' | 'cjs'
type Host = 'plain' | 'commander' | 'single'

/** How the result is started: by Node, by Bun, or as the program that it is. */
type Runtime = 'node' | 'bun' | 'itself'

const rows: readonly (readonly [string, Format, Runtime])[] = [
  ['esbuild', 'esm', 'node'],
  ['esbuild', 'cjs', 'node'],
  ['rollup', 'esm', 'node'],
  ['rollup', 'cjs', 'node'],
  ['webpack', 'esm', 'node'],
  ['webpack', 'cjs', 'node'],
  ['rspack', 'esm', 'node'],
  ['rspack', 'cjs', 'node'],
  ['rolldown', 'esm', 'node'],
  ['rolldown', 'cjs', 'node'],
  ['vite', 'esm', 'node'],
  ['vite', 'cjs', 'node'],
  ['tsup', 'esm', 'node'],
  ['tsup', 'cjs', 'node'],
  ['ncc', 'esm', 'node'],
  ['ncc', 'cjs', 'node'],
  ['bun --target=node', 'esm', 'node'],
  ['bun --target=node', 'cjs', 'node'],
  ['bun --target=bun', 'esm', 'bun'],
  ['bun --compile', 'esm', 'itself'],
]

let project: Project
let outputs: string

/** Sources whose format a bundler reads from the nearest package.json, as ncc does. */
const addSources = (): void => {
  for (const [format, manifest] of Object.entries({ esm: { type: 'module' }, cjs: {} })) {
    const directory = join(project.directory, format)
    mkdirSync(directory)
    writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest))
    for (const host of ['plain', 'commander', 'single'])
      copyFileSync(join(import.meta.dirname, `../fixtures/bundled/${host}.js`), join(directory, `${host}.js`))
  }
}

beforeAll(() => {
  if (!existsSync(bun)) execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: bundlers, stdio: 'ignore' })
  outputs = mkdtempSync(join(tmpdir(), 'cq-bundled-'))
  project = newProject(['commander@14.0.3'])
  addSources()
})
afterAll(() => {
  project.remove()
  rmSync(outputs, { recursive: true, force: true })
})

/** A tool in a folder that holds the bundle alone, with a home and a working directory of its own. */
interface Tool {
  readonly place: Place
  readonly directory: string
  readonly run: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ended>
}

const build = async (bundler: string, format: Format, host: Host): Promise<string> => {
  const directory = mkdtempSync(join(outputs, 'bundle-'))
  const entry = join(project.directory, format, `${host}.js`)
  const place = newPlace()
  const { code, stdout, stderr } = await run(
    process.execPath,
    [join(bundlers, 'build.mjs'), bundler, format, entry, directory],
    place,
  )
  place.remove()
  if (code !== 0) throw new Error(stderr)
  return join(directory, stdout.trim())
}

const builds = new Map<string, Promise<string>>()
/** Built once, and then run in folders that do not know of each other. */
const built = (bundler: string, format: Format, host: Host): Promise<string> => {
  const key = [bundler, format, host].join()
  const found = builds.get(key) ?? build(bundler, format, host)
  builds.set(key, found)
  return found
}

type Row = (typeof rows)[number]

const withTool = async (
  [bundler, format, runtime]: Row,
  host: Host,
  use: (tool: Tool) => Promise<void>,
): Promise<void> => {
  const original = await built(bundler, format, host)
  const place = newPlace()
  const directory = mkdtempSync(join(tmpdir(), 'cq-tool-'))
  cpSync(dirname(original), directory, { recursive: true })
  const file = join(directory, basename(original))
  const [command, ...before] = { node: [process.execPath, file], bun: [bun, file], itself: [file] }[runtime]
  try {
    await use({ place, directory, run: (args, env) => run(String(command), [...before, ...args], place, env) })
  } finally {
    place.remove()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The child goes on after the request is answered. */
const hasSettled = (place: Place): boolean => states(place).length === 0 && !existsSync(files(place).drainLock)

const expectSent = async (row: Row, host: Host, childIn: (directory: string) => string): Promise<void> => {
  const receiver = await startReceiver()
  await withTool(row, host, async ({ place, directory, run }) => {
    sawNotice(place)
    const { code, stdout, stderr } = await run([], { CHILD: childIn(directory), ENDPOINT: receiver.url })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'true\n', stderr: '' })
    await vi.waitUntil(() => hasSettled(place), { timeout: 60_000 })
    expect(spansOf(receiver.requests).map(({ name }) => name)).toEqual(['build', 'cloudquery'])
  })
  await receiver.close()
}

describe.concurrent.each(rows)('%s, %s, run by %s', (...row) => {
  test('records its run, and nothing while telemetry is off', async () => {
    await withTool(row, 'plain', async ({ place, run }) => {
      expect(await run(['--no-telemetry'])).toMatchObject({ code: 0, stdout: 'false\n', stderr: '' })
      expect(readdirSync(place.home)).toEqual([])
      sawNotice(place)
      expect(await run([])).toMatchObject({ code: 0, stdout: 'true\n', stderr: '' })
      expect(batchesIn(place).flatMap(({ spans }) => spans.map(({ name }) => name))).toEqual(['build', 'cloudquery'])
    })
  })

  test('shows what it would send', async () => {
    await withTool(row, 'plain', async ({ place, run }) => {
      const { code, stderr } = await run(['--inspect-telemetry'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('└─ build') as string })
      expect(inspectLog(place).flatMap(({ span }) => span ?? [])).toEqual(['build', 'cloudquery'])
    })
  })

  test('sends with the child that it names', async () => {
    // What is one executable is its own child.
    if (row[2] === 'itself') await expectSent(row, 'single', () => 'self')
    else
      await expectSent(row, 'plain', (directory) => {
        const child = join(directory, 'child.mjs')
        copyFileSync(join(project.directory, 'node_modules/cq-telemetry/dist/deliver/main.js'), child)
        return child
      })
  })

  test('has the commands of its adapter', async () => {
    await withTool(row, 'commander', async ({ place, run }) => {
      sawNotice(place)
      expect(await run(['build'])).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
      expect(states(place)).toEqual(['jsonl'])
      const { code, stdout, stderr } = await run(['telemetry', 'status', '--json'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout)).toMatchObject({ enabled: true, spool: { files: 1 } })
      expect((await run(['telemetry', 'view', '--spool'])).stdout).toContain('└─ build')
    })
  })
})

test.each(['esm', 'cjs'] as const)('one file of esbuild, as %s, is its own child', async (format) => {
  await expectSent(['esbuild', format, 'node'], 'single', () => 'self')
})

test('a tool without a child says what to do', async () => {
  await withTool(['esbuild', 'esm', 'node'], 'commander', async ({ place, run }) => {
    sawNotice(place)
    const { stderr } = await run(['build', '--debug-telemetry'], { DELIVERY: 'detached' })
    expect(stderr).toContain('nothing is sent now: there is no file of the child (option "child")')
    const { code, stdout } = await run(['telemetry', 'doctor'])
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining(
        '"cloudquery telemetry flush" sends it; authors of a bundled tool ship',
      ) as string,
    })
  })
})
