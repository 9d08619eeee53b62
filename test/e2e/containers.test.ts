import { existsSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { usePlace, useReceiver } from '../support/place.ts'
import { impatient, run } from '../support/program.ts'
import { wellAnswer } from '../support/receiver.ts'
import { arrived } from '../support/runtimes.ts'
import { files, sawNotice, spoolDirectory, spooled, states } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'

/** Where the child may not outlive the command: containers, and CI on a busy machine. */

const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const script = new URL('../fixtures/runtimes/tool.cjs', import.meta.url).pathname
const noReaping = new URL('../fixtures/no-reaping.mjs', import.meta.url).pathname
const tool = `"${process.execPath}" "${script}"`

/** Runs a command as process 1 of a container, with which all of its processes end. */
const inContainer = (command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  run('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', ...command], place, {
    ENDPOINT: receiver.url,
    ...env,
  })

withTool('unshare', describe)('in a container', () => {
  test.each([
    ['process 1', [process.execPath, script]],
    ['the child of a shell that is process 1', ['sh', '-c', `${tool}; true`]],
    ['a child of process 1 in a session of its own, as dumb-init makes it', ['sh', '-c', `setsid -w ${tool}; true`]],
    ['a command in a script in a script', ['sh', '-c', `sh -c '${tool}; true'; true`]],
    ['a command of npm run', ['sh', '-c', `cd "$PROJECT" && npm run --silent build; true`]],
  ])('the run of %s arrives, though the container ends with it', async (_, command) => {
    writeFileSync(`${place.cwd}/package.json`, JSON.stringify({ scripts: { build: `${tool}; true` } }))
    const ended = await inContainer(command, { PROJECT: place.cwd })
    expect(ended).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    await arrived(receiver)
    expect(states(place)).toEqual([])
  })

  test("the run of process 1 arrives if /proc is the machine's", async () => {
    const args = ['--pid', '--fork', '--kill-child', process.execPath, script]
    expect((await run('unshare', args, place, { ENDPOINT: receiver.url })).stdout).toBe('built\n')
    await arrived(receiver)
  })

  test('a command of docker exec, in a session of its own, does not wait', async () => {
    const line = `setsid -w sh -c '${tool} --debug-telemetry; true'; true`
    const { stderr } = await inContainer(['sh', '-c', line])
    expect(stderr).toContain('sending, in the background')
  })

  test('only one command waits for a silent server, and a later command with time sends everything', async () => {
    receiver.answer = () => undefined
    const command = [process.execPath, script]
    expect(await inContainer(command, impatient)).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' })
    const { stderr } = await inContainer([...command, '--debug-telemetry'], impatient)
    expect(stderr).toMatch(/nothing is sent now: (?:a command has just waited in vain|the destinations are paused)/)
    receiver.answer = wellAnswer
    receiver.requests.length = 0
    // The child of the first ended with its container, so what it had claimed is left alone for five minutes.
    const later = new Date(Date.now() - 6 * 60_000)
    const { deliveryState, drainLock, waitedInVain } = files(place)
    const claims = spooled(place).map((name) => join(spoolDirectory(place), name))
    for (const file of [drainLock, waitedInVain, ...claims]) if (existsSync(file)) utimesSync(file, later, later)
    rmSync(deliveryState, { force: true })
    await inContainer(command)
    await arrived(receiver, 3)
  })

  test('no zombies gather under a process 1 that does not reap', async () => {
    const runs = 4
    const env = {
      RUNS: String(runs),
      COMMAND: tool,
      SPOOL: spoolDirectory(place),
      LOCK: files(place).drainLock,
      STARTED: files(place).lastStart,
    }
    const { code, stdout, stderr } = await inContainer([process.execPath, noReaping], env)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'zombies 1\n', stderr: '' })
    await arrived(receiver, runs)
  })
})

describe('in CI, with an answer after the wait', () => {
  const ci = { CI: 'true', ...impatient }
  const runTool = () => run(process.execPath, [script], place, { ENDPOINT: receiver.url, ...ci })
  let release: (() => void)[]
  beforeEach(() => {
    release = []
    receiver.answer = (request, response) => void release.push(() => wellAnswer(request, response))
  })
  const answerNow = () => {
    receiver.answer = wellAnswer
    for (const each of release) each()
  }

  test('only the first of ten commands waits, and all of them arrive', async () => {
    const lastWait: number[] = []
    for (let command = 0; command < 10; command++) {
      const { code, stdout } = await runTool()
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'built\n' })
      lastWait.push(statSync(files(place).waitedInVain).mtimeMs)
    }
    expect(new Set(lastWait).size).toBe(1)
    answerNow()
    await arrived(receiver, 10)
  })

  test('a minute later a command waits again', async () => {
    await runTool()
    const { waitedInVain } = files(place)
    const longAgo = new Date(Date.now() - 61_000)
    utimesSync(waitedInVain, longAgo, longAgo)
    await runTool()
    expect(Date.now() - statSync(waitedInVain).mtimeMs).toBeLessThan(60_000)
    answerNow()
    await arrived(receiver, 2)
  })

  test('a command waits only until its run was sent', async () => {
    const ended = run(process.execPath, [script], place, { ENDPOINT: receiver.url, CI: 'true' })
    await expect.poll(() => release.length, { timeout: 60_000 }).toBe(1)
    expect(await Promise.race([ended, sleep(200, 'waits')])).toBe('waits')
    answerNow()
    expect(await ended).toMatchObject({ code: 0, stdout: 'built\n' })
    expect(states(place)).toEqual([])
  })
})
