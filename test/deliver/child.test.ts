import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { troubles } from '../support/networks.ts'
import { newPlace, type Place, run, runFixture } from '../support/program.ts'
import { type Receiver, startReceiver, tracksOf } from '../support/receiver.ts'
import { deliverRest, jobFor, runChild, sawNotice, spooled, states, telemetryDirectory } from '../support/spool.ts'

let place: Place
let receiver: Receiver
beforeEach(async () => {
  place = newPlace()
  receiver = await startReceiver()
  sawNotice(place)
})
afterEach(async () => {
  await receiver.close()
  place.remove()
})

const lock = (): string => join(telemetryDirectory(place), 'draining')
const pidOfChild = async (): Promise<number> => {
  for (let tries = 0; !existsSync(lock()); tries++) {
    if (tries > 6_000) throw new Error('no child')
    await sleep(10)
  }
  return Number(readFileSync(lock(), 'utf8').split('-')[0])
}
const proc = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
const statOf = (pid: number): string[] => {
  const stat = proc(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

describe('a child in the background', () => {
  let silent: Awaited<ReturnType<(typeof troubles)['accepted and silent']>>
  let pid: number
  const secrets = {
    CQ_OTLP_HEADERS: 'api-key=a-secret',
    PASSWORD_OF_ME: 'another-secret',
    NODE_OPTIONS: '--no-warnings',
  }
  beforeEach(async () => {
    silent = await troubles['accepted and silent']()
    const env = { RUDDER_URL: silent.url, CQ_OTLP_ENDPOINT: silent.url, DELIVERY: 'detached', ...secrets }
    await runFixture('fetch.mjs', place, env)
    pid = await pidOfChild()
  })
  afterEach(async () => {
    process.kill(pid, 'SIGKILL')
    await silent.close()
  })

  test('has a session of its own, the lowest priority, and a directory that keeps nothing from being unmounted', () => {
    const fields = statOf(pid)
    expect({ group: Number(fields[2]), session: Number(fields[3]) }).toEqual({ group: pid, session: pid })
    expect(fields[16]).toBe('19')
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/')
  })

  test('has no secret and no event in its arguments or its environment', () => {
    const visible = (proc(pid, 'cmdline') + proc(pid, 'environ')).replaceAll(place.home, '~')
    for (const secret of ['the-write-key', 'a-secret', 'another-secret', 'http://', 'ec2', '--no-warnings']) {
      expect(visible, secret).not.toContain(secret)
    }
    const names = proc(pid, 'environ')
      .split('\0')
      .flatMap((pair) => pair.split('=')[0] || [])
    expect(names.sort()).toEqual(['CQ_TELEMETRY_CHILD', 'HOME', 'PATH', 'TMPDIR'])
  })

  test('reads its job from a file without a name, and writes to /dev/null', () => {
    const open = [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    expect(open[0]).toMatch(/job-[0-9a-f]+ \(deleted\)$/)
    expect(open.slice(1)).toEqual(['/dev/null', '/dev/null'])
    expect(readdirSync(telemetryDirectory(place)).filter((name) => name.startsWith('job'))).toEqual([])
    expect(readlinkSync(`/proc/${pid}/exe`)).toBe(process.execPath)
  })

  test('is the only child, however many commands end', async () => {
    for (let command = 0; command < 5; command++) {
      rmSync(join(telemetryDirectory(place), 'started'), { force: true })
      await runFixture('fetch.mjs', place, { RUDDER_URL: silent.url, DELIVERY: 'detached' })
    }
    const children = readdirSync('/proc').filter((each) => {
      try {
        return /^\d+$/.test(each) && proc(Number(each), 'environ').includes(`HOME=${place.home}\0`)
      } catch {
        return false
      }
    })
    expect(children).toEqual([String(pid)])
  })
})

test('a child sends what a run spools meanwhile', async () => {
  const held: (() => void)[] = []
  receiver.answer = (_, response) => void held.push(() => response.end('ok'))
  const env = { RUDDER_URL: receiver.url, DELIVERY: 'detached' }
  await runFixture('fetch.mjs', place, env)
  for (let tries = 0; held.length === 0 && tries < 6_000; tries++) await sleep(10)
  await runFixture('fetch.mjs', place, env)
  receiver.answer = (_, response) => response.end('ok')
  for (const release of held) release()
  for (let tries = 0; spooled(place).length > 0 && tries < 6_000; tries++) await sleep(10)
  expect(tracksOf(receiver.requests).filter(({ event }) => event === 'fetch')).toHaveLength(2)
})

test('a child heeds a no that comes while it sends', async () => {
  for (let file = 0; file < 3; file++)
    await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
  const command = new URL('../../dist/command/main.js', import.meta.url).pathname
  let disabled: Promise<unknown> | undefined
  receiver.answer = (_, response) => {
    disabled ??= run(process.execPath, [command, 'disable'], place)
    void disabled.then(() => response.writeHead(503).end())
  }
  await runChild(jobFor(place, receiver.url, { otlp: undefined as never, endsAfterMs: 60_000 }))
  expect(receiver.requests).toHaveLength(1)
  expect(spooled(place)).toEqual([])
})

test('delivery "manual" starts no child, and flush sends', async () => {
  await runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
  expect(states(place)).toEqual(['jsonl'])
  const command = new URL('../../dist/command/main.js', import.meta.url).pathname
  const flush = (args: readonly string[], env = {}) => run(process.execPath, [command, 'flush', ...args], place, env)
  expect(await flush([])).toMatchObject({ code: 2, stderr: expect.stringContaining('--otlp-endpoint') as string })
  expect(await flush(['--rudder-url', 'nowhere'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('write key') as string,
  })
  const env = { CQ_RUDDER_WRITE_KEY: 'the-write-key', CQ_RUDDER_URL: receiver.url }
  expect(await flush([], env)).toMatchObject({ code: 0, stdout: 'Nothing is left to send.\n' })
  expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
})

test('a child in CI is awaited, and --debug-telemetry says why', async () => {
  const { stderr } = await runFixture('fetch.mjs', place, {
    RUDDER_URL: receiver.url,
    CI: 'true',
    CQ_DEBUG_TELEMETRY: '1',
  })
  expect(stderr).toContain('sending, awaited (a CI job ends all of its processes)')
  await deliverRest(place, receiver.url)
  expect(tracksOf(receiver.requests).map(({ event }) => event)).toEqual(['fetch', 'run'])
})
