import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { formatName, parseName, type State } from '../../src/spool/name.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { newPlace, run, runFixture } from '../support/program.ts'
import { type Answer, tracksOf, wellAnswer } from '../support/receiver.ts'
import { jobFor, runChild, sawNotice, spooled, startChild, states } from '../support/spool.ts'
import { withTool } from '../support/tools.ts'
import { withinOneDay } from '../support/one-day.ts'

/** `flush` and `spool clear`, with servers of every temper and with a child at work. */

withinOneDay()
const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const command = (...args: string[]) => run(process.execPath, [main, ...args], place)
const keyFile = (key: string): string => {
  const path = join(place.home, 'key')
  writeFileSync(path, key)
  return path
}
const toRudder = (url: string, key = 'the-write-key') => ['--rudder-url', url, '--write-key-file', keyFile(key)]
const spool = () => runFixture('fetch.mjs', place, { RUDDER_URL: receiver.url, DELIVERY: 'manual' })
const events = () => tracksOf(receiver.requests).map(({ event }) => event)

const refusing =
  (status: number): Answer =>
  (_, response) =>
    response.writeHead(status).end()

describe('flush ends by its time-out, with 1, and says why', () => {
  let close: () => void
  afterEach(() => close())

  const head = 'HTTP/1.1 '
  const drip = (socket: Socket, text: string): void => {
    const timer = setInterval(() => socket.write(text), 20)
    socket.on('close', () => clearInterval(timer))
  }
  const pour = (socket: Socket, text: string): void => {
    while (!socket.destroyed && socket.write(text));
    if (!socket.destroyed) socket.once('drain', () => pour(socket, text))
  }
  const servers: readonly [string, string, (socket: Socket) => void, RegExp][] = [
    ['is silent', 'http', () => undefined, /timeout|no answer in time/],
    ['never shakes hands', 'https', () => undefined, /timeout|no answer in time/],
    [
      'drips a header',
      'http',
      (socket) => (socket.write(`${head}200 OK\r\nX-Drip: `), drip(socket, 'x')),
      /timeout|no answer in time/,
    ],
    [
      'drips a body',
      'http',
      (socket) => (socket.write(`${head}200 OK\r\n\r\n`), drip(socket, 'x')),
      /timeout|no answer in time/,
    ],
    [
      'drips interim answers',
      'http',
      (socket) => drip(socket, `${head}102 Processing\r\n\r\n`),
      /timeout|INTERIM|no answer in time/,
    ],
    ['floods interim answers', 'http', (socket) => pour(socket, `${head}103 Hints\r\n\r\n`.repeat(999)), /INTERIM/],
    ['floods a body', 'http', (socket) => pour(socket, `${head}200 OK\r\n\r\n`.padEnd(99_999, 'x')), /status 200/],
    ['resets', 'http', (socket) => socket.resetAndDestroy(), /network/],
  ]
  test.each(servers)('where a server %s', async (_, scheme, handle, says) => {
    await spool()
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined))
      socket.once('data', () => handle(socket.resume()))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    close = () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
    const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
    const began = Date.now()
    const { code, stdout, stderr } = await command('flush', '--timeout', '8', ...toRudder(url))
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(
      /^1 file is left: see more with --debug\.\nrudder +\S.* \(today \d\d:\d\d\), not tried again before \S.*\n$/,
    )
    expect(stdout).toMatch(says)
    expect(Date.now() - began).toBeLessThan(25_000)
    expect(states(place)).toEqual(['jsonl'])
  })

  withTool('unshare', describe)('where the resolver', () => {
    test('is silent for minutes', async () => {
      close = () => undefined
      await spool()
      const resolver = join(place.cwd, 'resolv.conf')
      writeFileSync(resolver, 'nameserver 192.0.2.1\noptions timeout:30 attempts:5\n')
      const mounted = `mount --bind ${resolver} /etc/resolv.conf && exec "$@"`
      const flush = [process.execPath, main, 'flush', '--timeout', '2', ...toRudder('http://telemetry.example.org')]
      const began = Date.now()
      const { code, stdout } = await run('unshare', ['-rm', 'sh', '-c', mounted, 'sh', ...flush], place)
      expect(code).toBe(1)
      expect(stdout).toMatch(/^1 file is left: .*\nrudder +(?:no answer in time|timeout)/)
      expect(Date.now() - began).toBeLessThan(25_000)
      // The child, which the resolver holds, ended before it could release its claim.
      expect(states(place)).toHaveLength(1)
    })
  })
})

describe('flush reports the result', () => {
  test('nothing is sent if the server refuses everything', async () => {
    await spool()
    receiver.answer = refusing(400)
    const { code, stdout } = await command('flush', ...toRudder(receiver.url))
    expect(code).toBe(1)
    expect(stdout).toMatch(/^1 file is left: .*\nrudder +it refuses everything \(status 400: not valid\)/)
    expect(states(place)).toEqual(['jsonl'])
  })

  test('sends during a pause, with a corrected key', async () => {
    await spool()
    receiver.answer = ({ headers }, response) =>
      headers.authorization === `Basic ${Buffer.from('right:').toString('base64')}`
        ? response.end('ok')
        : response.writeHead(401).end()
    for (let time = 0; time < 3; time++) {
      const { code, stdout } = await command('flush', ...toRudder(receiver.url, 'wrong'))
      expect({ code, asked: receiver.requests.length }).toEqual({ code: 1, asked: time + 1 })
      expect(stdout).toMatch(/\nrudder +status 401: the key is missing or unknown \(today .*\), not tried again before/)
    }
    // A child of the tool heeds the pause of a day.
    const { otlp: _, ...job } = jobFor(place, receiver.url)
    await runChild(job)
    expect(receiver.requests).toHaveLength(3)
    const { code, stdout } = await command('flush', '--json', ...toRudder(receiver.url, 'right'))
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ left: 0, delivery: { rudder: { last: 'delivered', failures: 0 } } })
  })

  test('where the choice cannot be read', async () => {
    await spool()
    writeFileSync(join(place.home, '.cq', 'telemetry', 'consent.json'), 'garbage')
    const { code, stdout } = await command('flush', ...toRudder(receiver.url))
    expect({ code, requests: receiver.requests }).toEqual({ code: 1, requests: [] })
    expect(stdout).toContain('the choice of the user is no, or cannot be read')
  })

  test.each([
    [1, '1 file is of a run before the notice was shown'],
    [2, '2 files are of runs before the notice was shown'],
  ])('and says that %i of before the notice is never sent', async (runs, says) => {
    const own = newPlace()
    const inOwn = (...args: string[]) => run(process.execPath, [main, ...args], own)
    await inOwn('enable')
    for (let index = 0; index < runs; index++)
      await inOwn('exec', '--operation', 'deploy', '--app', 'cloudquery', '--otlp-endpoint', receiver.url, '--', 'true')
    const { code, stdout } = await inOwn('flush', '--otlp-endpoint', receiver.url)
    expect({ code, requests: receiver.requests }).toEqual({ code: 0, requests: [] })
    expect(stdout).toContain(says)
    own.remove()
  })

  test('waits for a child that is sending', async () => {
    await spool()
    let release = (): void => undefined
    receiver.answer = (request, response) => void (release = () => wellAnswer(request, response))
    const { otlp: _, ...job } = jobFor(place, receiver.url)
    const closed = once(startChild(job), 'close')
    await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(0), 30_000)
    const flushed = command('flush', ...toRudder(receiver.url))
    await sleep(500)
    release()
    expect(await flushed).toMatchObject({ code: 0, stdout: 'Nothing is left to send.\n' })
    expect(receiver.requests).toHaveLength(1)
    await closed
  })
})

describe('flush --otlp-endpoint', () => {
  const flush = (endpoint: string, env: NodeJS.ProcessEnv) =>
    run(process.execPath, [main, 'flush', '--otlp-endpoint', endpoint], place, env)

  test.each<[string, string, (url: string) => NodeJS.ProcessEnv, string | undefined]>([
    ['that the tool names', '', (url) => ({ CQ_OTLP_ENDPOINT: url, CQ_OTLP_HEADERS: 'x-key=1' }), '1'],
    ['with its path', '/v1/traces', (url) => ({ CQ_OTLP_ENDPOINT: url, CQ_OTLP_HEADERS: 'x-key=1' }), '1'],
    [
      'of the standard variables',
      '',
      (url) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=2' }),
      '2',
    ],
    [
      'of other variables',
      '',
      (url) => ({
        CQ_OTLP_ENDPOINT: `${url}/other`,
        CQ_OTLP_HEADERS: 'x-key=1',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=2',
      }),
      undefined,
    ],
    ['that nothing names', '', () => ({ CQ_OTLP_HEADERS: 'x-key=1' }), undefined],
  ])('%s%s gets the headers of the same place alone', async (_, path, env, key) => {
    await runFixture('fetch.mjs', place, { CQ_OTLP_ENDPOINT: receiver.url, DELIVERY: 'manual' })
    expect(await flush(`${receiver.url}${path}`, env(receiver.url))).toMatchObject({ code: 0 })
    expect(receiver.requests.map(({ path: at, headers }) => [at, headers['x-key']])).toEqual([['/v1/traces', key]])
  })
})

describe('spool clear', () => {
  test('stops what a child is sending, and says that it may have arrived', async () => {
    await runFixture('crash.mjs', place, {
      CQ_RUDDER_URL: receiver.url,
      CQ_RUDDER_WRITE_KEY: 'the-write-key',
      DELIVERY: 'manual',
    })
    receiver.answer = refusing(503)
    const { otlp: _, ...job } = jobFor(place, receiver.url)
    const closed = once(startChild(job), 'close')
    await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(0), 30_000)
    expect((await command('spool', 'clear')).stdout).toBe(
      'Deleted 1 file; 1 of them was being sent, and may have arrived.\n',
    )
    receiver.answer = wellAnswer
    const asked = receiver.requests.length
    await closed
    // One request may have been on its way.
    expect(receiver.requests.length).toBeLessThanOrEqual(asked + 1)
    expect(spooled(place)).toEqual([])
    expect((await command('spool')).stdout).toBe('Nothing waits.\n')
  })

  test('deletes files that are ready, held or left by a killed run, and none of an open run', async () => {
    await spool()
    const [own] = spooled(place).flatMap((name) => parseName(name) ?? [])
    if (!own) throw new Error('nothing was spooled')
    const named = (time: number, state: State, owner = own.owner): string =>
      formatName({ ...own, id: `00000000${time}0123456789`, owner, state })
    const directory = join(place.home, '.cq', 'telemetry', 'spool')
    const dead = { ...own.owner, pid: 1 }
    const running = { ...own.owner, pid: process.pid, startTicks: '0' }
    for (const name of [named(1, 'held'), named(2, 'open', dead), named(3, 'open', running)])
      writeFileSync(join(directory, name), '')
    mkdirSync(join(directory, named(4, 'jsonl')))
    expect((await command('spool', 'clear')).stdout).toBe('Deleted 3 files.\n')
    expect(spooled(place)).toHaveLength(2)
    expect(events()).toEqual([])
  })
})
