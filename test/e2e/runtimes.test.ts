import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { usePlace, useReceiver } from '../support/place.ts'
import { run } from '../support/program.ts'
import { arrived, childOf, newTool, saysOfChild, type Tool } from '../support/runtimes.ts'
import { sawNotice, states } from '../support/spool.ts'

/** Delivery does not depend on what runs the tool and on where its files are; and nothing but the child is started. */

const place = usePlace()
const receiver = useReceiver()
let tool: Tool
beforeEach(() => {
  sawNotice(place)
  tool = newTool()
})
afterEach(() => tool.remove())

interface Row {
  readonly name: string
  /** Gets ready, and returns how the tool is started. */
  readonly start: () => { readonly node?: string; readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv }
}

const preloaded = (name: string, env: NodeJS.ProcessEnv = {}, node = process.execPath) => ({
  node,
  args: ['-r', tool.preload(name)],
  env,
})
const ownNode = (): string => {
  const node = join(tool.directory, 'node')
  copyFileSync(process.execPath, node)
  return node
}

/** A child in the background. */
const startable: readonly Row[] = [
  { name: 'Node', start: () => ({}) },
  { name: 'Electron as Node', start: () => preloaded('electron', { ELECTRON: tool.trap, ELECTRON_RUN_AS_NODE: '1' }) },
  { name: 'Node with another execPath', start: () => preloaded('wrapped', { WRAPPER: tool.trap }) },
  { name: 'Node with an execPath of nothing', start: () => preloaded('wrapped', { WRAPPER: '/nowhere/node' }) },
  { name: 'Node that was updated meanwhile', start: () => preloaded('updated', {}, ownNode()) },
]

/** Only a thread of the command. */
const unstartable: readonly (Row & { readonly reason: string })[] = [
  {
    name: 'a window of Electron',
    start: () => preloaded('electron', { ELECTRON: tool.trap }),
    reason: 'a process of an application with windows would open one',
  },
  { name: 'an executable of pkg', start: () => preloaded('packaged'), reason: 'the tool is a single executable' },
  {
    name: 'Node that may not be started again',
    start: () => preloaded('forbidden', {}, ownNode()),
    reason: 'the executable of the runtime cannot be started',
  },
]

const runTool = ({ node = process.execPath, args = [], env = {} }: ReturnType<Row['start']>) =>
  run(node, [...args, tool.script], place, { ENDPOINT: receiver.url, ...env })

describe.each([...startable, ...unstartable])('a run by $name', ({ start }) => {
  test('arrives, and only the child is started', async () => {
    expect(await runTool(start())).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    await arrived(receiver)
    expect(tool.trapped()).toBe(false)
  })
})

test.each(startable.slice(0, 4))('doctor and status say that $name can start the child', async ({ start }) => {
  const { args = [], env } = start()
  expect(await saysOfChild(process.execPath, [...args, tool.script], place, { ...env })).toEqual({
    doctor: 'the process that sends can be started',
    state: 'ok',
    status: 'the process that sends can be started',
  })
})

test.each(unstartable.slice(0, 2))('doctor and status say why $name cannot', async ({ start, reason }) => {
  const { args = [], env } = start()
  const said = await saysOfChild(process.execPath, [...args, tool.script], place, { ...env })
  expect(said).toMatchObject({ state: 'warning', doctor: said.status })
  expect(said.status).toContain(reason)
})

test('Electron runs the child as Node', async () => {
  receiver.answer = () => undefined
  await runTool(preloaded('electron', { ELECTRON: tool.trap, ELECTRON_RUN_AS_NODE: '1' }))
  await expect.poll(() => receiver.requests.length, { timeout: 60_000 }).toBe(1)
  const pid = childOf(place)
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain('ELECTRON_RUN_AS_NODE=1')
  process.kill(pid, 'SIGKILL')
})

test('a thread without an answer ends in time, and its run stays in the spool', async () => {
  receiver.answer = () => undefined
  const start = preloaded('packaged', { CQ_TELEMETRY_PATIENCE: '' })
  expect(await runTool(start)).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
  expect(states(place)).toHaveLength(1)
})

test('a package that is removed right after the command loses nothing', async () => {
  const line = '"$NODE" "$TOOL/tool.cjs"; rm -rf "$TOOL"'
  const env = { ENDPOINT: receiver.url, NODE: process.execPath, TOOL: tool.directory }
  expect((await run('sh', ['-c', line], place, env)).stdout).toBe('built\n')
  await arrived(receiver)
})

describe.each(['commonjs', 'module'])('in a package of type "%s"', (type) => {
  beforeEach(() => {
    tool.remove()
    tool = newTool(type)
  })

  test.each(['child.js', 'child.mjs', 'child.cjs', 'child'])('a copy of the child works as %s', async (name) => {
    copyFileSync(join(tool.directory, 'node_modules/cq-telemetry/dist/deliver/main.js'), join(tool.directory, name))
    const env = { ENDPOINT: receiver.url, CHILD: `./${name}` }
    expect((await run(process.execPath, [tool.script], place, env)).stdout).toBe('built\n')
    await arrived(receiver)
  })

  test('the same copy works as a program of its own', async () => {
    copyFileSync(
      join(tool.directory, 'node_modules/cq-telemetry/dist/deliver/main.js'),
      join(tool.directory, 'child.js'),
    )
    writeFileSync(join(tool.directory, 'own.mjs'), "import './child.js'\n")
    const env = { ENDPOINT: receiver.url, CHILD: './own.mjs' }
    expect((await run(process.execPath, [tool.script], place, env)).stdout).toBe('built\n')
    await arrived(receiver)
  })
})

/** The option `child`, and what is wrong with it. `place.cwd` is the working directory. */
const wrong = [
  ['a file that is not there', './missing.js', 'there is no file of the child'],
  ['a file of the working directory', './trap.js', 'there is no file of the child'],
  ['an ES module that Node reads as CommonJS', './esm.js', 'has the syntax of an ES module'],
  ['an ES module named .cjs', './esm.cjs', 'has the syntax of an ES module'],
  ['a file in an archive', './app.asar/child.js', 'lies in an archive'],
] as const

test.each(wrong)('%s starts nothing, and doctor and status say why', async (_, child, reason) => {
  writeFileSync(join(place.cwd, 'trap.js'), `require('fs').writeFileSync(${JSON.stringify(tool.trap)} + '.ran', '')`)
  for (const name of ['esm.js', 'esm.cjs']) writeFileSync(join(tool.directory, name), "import 'cq-telemetry/child'\n")
  const archive = join(tool.directory, 'app.asar')
  mkdirSync(archive)
  writeFileSync(join(archive, 'child.js'), 'x')
  const env = { ENDPOINT: receiver.url, CHILD: child }
  const { code, stdout, stderr } = await run(process.execPath, [tool.script, '--debug-telemetry'], place, env)
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'built\n' })
  expect(stderr).toContain(reason)
  expect(states(place)).toEqual(['jsonl'])
  const said = await saysOfChild(process.execPath, [tool.script], place, env)
  expect(said).toMatchObject({ state: 'problem', doctor: said.status })
  expect(said.status).toContain(reason)
})

test("a tool that names itself as the child, and does not import the child's program, does not run twice", async () => {
  const work = join(tool.directory, 'work.cjs')
  writeFileSync(
    work,
    "process.env.CHILD = 'self';require('./tool.cjs');require('node:fs').appendFileSync(__dirname + '/worked', 'x')",
  )
  const env = { ENDPOINT: receiver.url, CI: 'true' }
  // Under debug the command waits until the child has ended.
  expect((await run(process.execPath, [work, '--debug-telemetry'], place, env)).stdout).toBe('built\n')
  expect(readFileSync(join(tool.directory, 'worked'), 'utf8')).toBe('x')
})

test('a tool that is its own child and was not started as a file is not started again', async () => {
  const text = `process.argv.push('x');require(${JSON.stringify(tool.script)})`
  const env = { ENDPOINT: receiver.url, CHILD: 'self' }
  expect((await run(process.execPath, ['-e', text], place, env)).stdout).toBe('built\n')
  expect(states(place)).toEqual(['jsonl'])
})
