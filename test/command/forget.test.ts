import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureChoice, readChoice } from '../../src/consent/choice.ts'
import { formatName, newName } from '../../src/spool/name.ts'
import { newPlace, type Place, run, runFixture, start } from '../support/program.ts'
import {
  type Answer,
  attributesOf,
  type Received,
  type Receiver,
  resourcesOf,
  spansOf,
  startReceiver,
  tracksOf,
  wellAnswer,
} from '../support/receiver.ts'
import { consentFile, files, sawNotice, spoolDirectory, spooled } from '../support/spool.ts'

/** `disable --forget` and `id --reset --forget`, against servers of every temper. */

const main = new URL('../../dist/command/main.js', import.meta.url).pathname
const idFile = (place: Place) => join(place.home, '.cq/telemetry-random-id')
const idOf = (place: Place) => readFileSync(idFile(place), 'utf8').trim()

/** A server and an installation of its own for each case, since the cases run side by side. */
const withBoth = async (use: (place: Place, receiver: Receiver) => Promise<void>): Promise<void> => {
  const place = newPlace()
  const receiver = await startReceiver()
  try {
    sawNotice(place)
    await use(place, receiver)
  } finally {
    await receiver.close()
    place.remove()
  }
}

const record = (place: Place, url: string, env: NodeJS.ProcessEnv = {}) =>
  runFixture('fetch.mjs', place, { RUDDER_URL: url, CQ_OTLP_ENDPOINT: url, DELIVERY: 'manual', ...env })

const anId = '00000000-aaaa-4bbb-8ccc-123456789abc'

/** As a run has left it: an id, and a file of the spool. */
const installed = (place: Place): string => {
  ensureChoice(consentFile(place))
  const choice = readChoice(consentFile(place))
  mkdirSync(spoolDirectory(place), { recursive: true, mode: 0o700 })
  writeFileSync(idFile(place), `${anId}\n`)
  const name = newName(choice.kind === 'enabled' ? choice.generation : '', ['otlp'], 'jsonl')
  writeFileSync(join(spoolDirectory(place), formatName(name)), '')
  return anId
}

const toBoth = (url: string) => ({ CQ_OTLP_ENDPOINT: url, CQ_RUDDER_URL: url, CQ_RUDDER_WRITE_KEY: 'the-write-key' })
const command = async (place: Place, env: NodeJS.ProcessEnv, ...args: string[]) => {
  const ended = await run(process.execPath, [main, ...args, '--json'], place, env)
  const said = ended.stdout === '' ? undefined : (JSON.parse(ended.stdout) as { forget?: unknown[] })
  return { ...ended, forget: said?.forget }
}

const refusing =
  (path: RegExp, status: number): Answer =>
  (request, response) =>
    path.test(request.path) ? response.writeHead(status).end() : wellAnswer(request, response)

/** What a server has got: the types of spans and the names of events, and nothing else. */
const got = (requests: readonly Received[]) => ({
  spans: spansOf(requests).map((span) => attributesOf(span)),
  resources: resourcesOf(requests),
  tracks: tracksOf(requests).map(({ event, properties, anonymousId, userId }) => ({
    event,
    properties,
    anonymousId,
    userId,
  })),
})
const requestOf = (id: string, version?: string) => ({
  spans: [{ 'cq.span.type': 'forget' }],
  resources: [
    { 'service.name': 'cloudquery', ...(version && { 'service.version': version }), 'app.installation.id': id },
  ],
  tracks: [
    {
      event: 'forget',
      properties: { app: 'cloudquery', ...(version && { version }), cookie_id: id },
      anonymousId: id,
      userId: id,
    },
  ],
})

const commands = ['disable --forget', 'id --reset --forget']

describe.concurrent('a request', () => {
  test.each<[string, string, NodeJS.ProcessEnv]>([
    ['disable --forget', 'an id and hashes', {}],
    ['id --reset --forget', 'an id and hashes', {}],
    ['disable --forget', 'an id alone', { IDENTITY: '"random-only"' }],
    ['disable --forget', 'an id and keyed hashes', { IDENTITY: '{"hmacKey":"k"}' }],
  ])('of %s of a tool with %s has the id alone, and nothing that waits is sent', (line, _, env) =>
    withBoth(async (place, receiver) => {
      await record(place, receiver.url, env)
      const id = idOf(place)
      const { code, stderr, forget } = await command(place, toBoth(receiver.url), ...line.split(' '))
      expect({ code, stderr, forget }).toEqual({
        code: 0,
        stderr: '',
        forget: [{ id, done: true, delivery: { rudder: 'taken', otlp: 'taken' } }],
      })
      expect(got(receiver.requests)).toEqual(requestOf(id))
      expect(spooled(place)).toEqual([])
      expect(existsSync(idFile(place))).toBe(false)
      expect(readdirSync(files(place).forget)).toEqual([])
    }),
  )

  test.each<[string, Answer, string[], object]>([
    ['OTLP is out of order', refusing(/traces/, 503), ['rudder'], { rudder: 'taken', otlp: 'status 503' }],
    ['RudderStack is out of order', refusing(/batch/, 500), ['otlp'], { rudder: 'status 500', otlp: 'taken' }],
    [
      'both refuse the request',
      refusing(/./, 400),
      [],
      { rudder: 'status 400: not valid', otlp: 'status 400: not valid' },
    ],
    ['both refuse the key', refusing(/./, 401), [], { rudder: /^status 401/, otlp: /^status 401/ }],
    ['both are gone', refusing(/./, 410), [], { rudder: /^status 410/, otlp: /^status 410/ }],
    [
      'a portal answers',
      (_, response) => response.end('<html>'),
      [],
      { rudder: /not of this protocol/, otlp: /not of this protocol/ },
    ],
    [
      'the collector takes none of it',
      (request, response) =>
        request.path === '/v1/traces'
          ? response
              .setHeader('content-type', 'application/json')
              .end('{"partialSuccess":{"rejectedSpans":"1","errorMessage":"no"}}')
          : wellAnswer(request, response),
      ['rudder'],
      { rudder: 'taken', otlp: 'partial success' },
    ],
    [
      'both reset the connection',
      (_, response) => response.destroy(),
      [],
      { rudder: /^network \(ECONNRESET\)$/, otlp: /^network \(ECONNRESET\)$/ },
    ],
  ])('that is not taken since %s is kept for those that have not taken it', (_, answer, took, delivery) =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      receiver.answer = answer
      const first = await command(place, toBoth(receiver.url), 'disable', '--forget')
      const matching = Object.entries(delivery).map(([name, says]) => [
        name,
        says instanceof RegExp ? expect.stringMatching(says) : says,
      ])
      expect({ code: first.code, forget: first.forget }).toEqual({
        code: 1,
        forget: [{ id, done: false, delivery: Object.fromEntries(matching) }],
      })
      // All the rest is done: nothing waits, and no run has the id any more.
      expect(spooled(place)).toEqual([])
      expect(existsSync(idFile(place))).toBe(false)
      const lacking = ['rudder', 'otlp'].filter((name) => !took.includes(name)).map((name) => `no-${name}`)
      expect(readdirSync(files(place).forget)).toEqual([[id, ...took, ...lacking].join('.')])

      receiver.answer = wellAnswer
      receiver.requests.length = 0
      const second = await command(place, toBoth(receiver.url), 'disable', '--forget')
      expect({ code: second.code, forget: second.forget }).toEqual({
        code: 0,
        forget: [{ id, done: true, delivery: { rudder: 'taken', otlp: 'taken' } }],
      })
      const again = receiver.requests.map(({ path }) => path).sort()
      expect(again).toEqual([
        ...(took.includes('rudder') ? [] : ['/v1/batch']),
        ...(took.includes('otlp') ? [] : ['/v1/traces']),
      ])
    }),
  )
})

describe.concurrent.each(commands)('%s', (line) => {
  const args = line.split(' ')

  test.each<[string, (place: Place, receiver: Receiver) => Promise<unknown>]>([
    ['has not run yet', async () => undefined],
    ['sends no id', (place, receiver) => record(place, receiver.url, { IDENTITY: '"none"' })],
    ['has run in CI alone', (place, receiver) => record(place, receiver.url, { CI: 'true' })],
    [
      'has a directory in the place of the id',
      async (place, receiver) => {
        mkdirSync(idFile(place), { recursive: true })
        await record(place, receiver.url)
      },
    ],
  ])('sends nothing where a tool %s, and says so', (_, before) =>
    withBoth(async (place, receiver) => {
      await before(place, receiver)
      const { code, stdout } = await run(process.execPath, [main, ...args], place, toBoth(receiver.url))
      expect(code).toBe(0)
      expect(stdout).toContain('There is no random id, so there is nothing to forget')
      expect(receiver.requests).toEqual([])
    }),
  )

  test("keeps the request and names the variable if an organisation's collector cannot be used", () =>
    withBoth(async (place, receiver) => {
      installed(place)
      const env = { OTLP_URL: receiver.url, RUDDER_URL: receiver.url, CQ_OTLP_ENDPOINT: 'nowhere' }
      const { code, stdout } = await runFixture('redirect.mjs', place, env, ['telemetry', ...args])
      expect(code).toBe(1)
      expect(stdout).toContain('CQ_OTLP_ENDPOINT must be')
      expect(stdout).not.toContain('no server is known here')
      expect(receiver.requests).toEqual([])
    }))

  test('keeps the request and names the missing option if no server is known', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      const { code, stdout } = await run(process.execPath, [main, ...args], place)
      expect(code).toBe(1)
      expect(stdout).toContain('no server is known here')
      expect(stdout).toContain(`Run "npx cq-telemetry ${args.join(' ')}" again`)
      expect((await run(process.execPath, [main, 'status'], place)).stdout).toContain(
        `the request for ${id} is not taken`,
      )
      const told = await command(place, {}, ...args, '--otlp-endpoint', receiver.url)
      expect(told.forget).toEqual([{ id, done: true, delivery: { otlp: 'taken' } }])
      expect(got(receiver.requests).resources).toEqual(requestOf(id).resources)
    }))

  test('sends to a paused server, with a switch that says no, and in CI', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      const paused = { last: 'status 503', at: Date.now(), failures: 3, notBefore: Date.now() + 3_600_000 }
      writeFileSync(files(place).deliveryState, JSON.stringify({ rudder: paused, otlp: paused }))
      const env = { ...toBoth(receiver.url), CI: 'true', DO_NOT_TRACK: '1' }
      expect(await command(place, env, ...args)).toMatchObject({ code: 0, forget: [{ id, done: true }] })
      expect(got(receiver.requests)).toEqual(requestOf(id))
    }))

  test('has the tool’s version if it is a command of the tool', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      await runFixture('command.mjs', place, toBoth(receiver.url), args)
      expect(got(receiver.requests)).toEqual(requestOf(id, '1.2.3'))
    }))

  test('sends nothing while a test captures what the tool would send', () =>
    withBoth(async (place, receiver) => {
      installed(place)
      const env = { ...toBoth(receiver.url), CQ_TELEMETRY_CAPTURE: join(place.cwd, 'captured') }
      expect((await command(place, env, ...args)).code).toBe(1)
      expect(receiver.requests).toEqual([])
    }))

  test('changes nothing with a wrong option', () =>
    withBoth(async (place) => {
      installed(place)
      const before = { id: idOf(place), choice: readChoice(consentFile(place)), spool: spooled(place) }
      const { code, stderr } = await run(process.execPath, [main, ...args, '--otlp-endpoint', 'nowhere'], place)
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--otlp-endpoint') })
      expect({ id: idOf(place), choice: readChoice(consentFile(place)), spool: spooled(place) }).toEqual(before)
    }))

  test('changes nothing if the request cannot be stored', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      writeFileSync(files(place).forget, '')
      const { code, stderr } = await run(process.execPath, [main, ...args], place, toBoth(receiver.url))
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('the request cannot be kept') })
      expect({ id: idOf(place), requests: receiver.requests }).toEqual({ id, requests: [] })
    }))
})

describe.concurrent('a request that one of two has taken', () => {
  /** As a command has left it whose collector was out of order. */
  const halfTaken = (place: Place): string => {
    mkdirSync(files(place).forget, { recursive: true, mode: 0o700 })
    writeFileSync(join(files(place).forget, `${anId}.rudder.no-otlp`), '')
    return anId
  }
  const again = async (place: Place, env: NodeJS.ProcessEnv) => {
    const { code, stdout } = await runFixture('redirect.mjs', place, env, [
      'telemetry',
      'disable',
      '--forget',
      '--json',
    ])
    return { code, forget: (JSON.parse(stdout) as { forget: unknown[] }).forget }
  }

  test('is asked of the other alone', () =>
    withBoth(async (place, receiver) => {
      const id = halfTaken(place)
      expect(await again(place, { OTLP_URL: receiver.url, RUDDER_URL: receiver.url })).toEqual({
        code: 0,
        forget: [{ id, done: true, delivery: { rudder: 'taken', otlp: 'taken' } }],
      })
      expect(receiver.requests.map(({ path }) => path)).toEqual(['/v1/traces'])
    }))

  test.each<[string, NodeJS.ProcessEnv, object, string[]]>([
    ['where an organisation redirects', { CQ_OTLP_ENDPOINT: 'URL' }, { redirect: 'taken' }, ['rudder', 'redirect']],
    ['where the redirect cannot be used', { CQ_OTLP_ENDPOINT: 'nowhere' }, {}, ['rudder']],
  ])('waits for the other %s', (_, { CQ_OTLP_ENDPOINT }, delivery, taken) =>
    withBoth(async (place, receiver) => {
      const id = halfTaken(place)
      const endpoint = CQ_OTLP_ENDPOINT === 'URL' ? receiver.url : CQ_OTLP_ENDPOINT
      const env = { OTLP_URL: 'http://127.0.0.1:9', RUDDER_URL: 'http://127.0.0.1:9', CQ_OTLP_ENDPOINT: endpoint }
      expect(await again(place, env)).toEqual({
        code: 1,
        forget: [{ id, done: false, delivery: { ...delivery, otlp: 'no server is known here' } }],
      })
      const [kept] = readdirSync(files(place).forget)
      expect(kept?.split('.').sort()).toEqual([id, ...taken, 'no-otlp'].sort())
    }),
  )

  test('waits for the other where the command knows the first alone', () =>
    withBoth(async (place, receiver) => {
      const id = halfTaken(place)
      const env = { CQ_RUDDER_URL: receiver.url, CQ_RUDDER_WRITE_KEY: 'the-write-key' }
      expect(await command(place, env, 'disable', '--forget')).toMatchObject({
        code: 1,
        forget: [{ id, done: false, delivery: { rudder: 'taken', otlp: 'no server is known here' } }],
      })
      expect(receiver.requests).toEqual([])
    }))
})

describe.concurrent('the choice', () => {
  test('stays the same after id --reset --forget, with a new generation, so that no open run is sent', () =>
    withBoth(async (place, receiver) => {
      await run(process.execPath, [main, 'enable', '--only', 'usage'], place)
      installed(place)
      const before = readChoice(consentFile(place))
      await command(place, toBoth(receiver.url), 'id', '--reset', '--forget')
      const after = readChoice(consentFile(place))
      expect([before, after]).toMatchObject([
        { kind: 'enabled', level: 'usage' },
        { kind: 'enabled', level: 'usage' },
      ])
      expect(after).not.toEqual(before)
    }))

  test('stays a no', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      await run(process.execPath, [main, 'disable'], place)
      mkdirSync(dirname(idFile(place)), { recursive: true })
      writeFileSync(idFile(place), `${id}\n`)
      expect((await command(place, toBoth(receiver.url), 'id', '--reset', '--forget')).code).toBe(0)
      expect(readChoice(consentFile(place)).kind).toBe('disabled')
    }))
})

describe.concurrent('other commands', () => {
  test('plain disable, id and id --reset send nothing', () =>
    withBoth(async (place, receiver) => {
      installed(place)
      for (const line of ['id', 'id --reset', 'disable'])
        expect((await command(place, toBoth(receiver.url), ...line.split(' '))).code).toBe(0)
      expect(receiver.requests).toEqual([])
    }))

  test('--forget without --reset is wrong usage of id', () =>
    withBoth(async (place) => {
      const { code, stderr } = await run(process.execPath, [main, 'id', '--forget'], place)
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--forget goes with --reset') })
    }))

  test('an earlier stored id is sent in a request of its own', () =>
    withBoth(async (place, receiver) => {
      const ids: string[] = []
      for (const _ of [1, 2]) {
        await record(place, receiver.url)
        ids.push(idOf(place))
        await command(place, {}, 'id', '--reset', '--forget')
      }
      await command(place, toBoth(receiver.url), 'disable', '--forget')
      expect(resourcesOf(receiver.requests).map((resource) => resource['app.installation.id'])).toEqual(ids.sort())
      expect(receiver.requests.map(({ path }) => path).sort()).toEqual([
        '/v1/batch',
        '/v1/batch',
        '/v1/traces',
        '/v1/traces',
      ])
    }))

  test('an id in the working directory is forgotten too, since it is deleted too', () =>
    withBoth(async (place, receiver) => {
      const second = anId.replaceAll('a', 'b')
      const ids = [installed(place), second]
      mkdirSync(join(place.cwd, '.cq'))
      writeFileSync(join(place.cwd, '.cq/telemetry-random-id'), `${second}\n`)
      expect((await command(place, toBoth(receiver.url), 'disable', '--forget')).code).toBe(0)
      expect(resourcesOf(receiver.requests).map((resource) => resource['app.installation.id'])).toEqual(ids)
      expect(existsSync(join(place.cwd, '.cq/telemetry-random-id'))).toBe(false)
    }))

  test('a command that is killed while it waits for an answer has kept the request, and deleted the rest', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      receiver.answer = () => undefined
      const running = start(process.execPath, [main, 'disable', '--forget'], place, toBoth(receiver.url))
      while (receiver.requests.length < 2) await sleep(20)
      running.kill('SIGKILL')
      await running.ended
      expect([readChoice(consentFile(place)).kind, existsSync(idFile(place)), spooled(place)]).toEqual([
        'disabled',
        false,
        [],
      ])
      receiver.answer = wellAnswer
      expect(await command(place, toBoth(receiver.url), 'disable', '--forget')).toMatchObject({
        code: 0,
        forget: [{ id, done: true }],
      })
    }))

  test('a repeat is the same event', () =>
    withBoth(async (place, receiver) => {
      const id = installed(place)
      for (const _ of [1, 2]) {
        await command(place, toBoth(receiver.url), 'disable', '--forget')
        writeFileSync(idFile(place), id)
      }
      expect(new Set(tracksOf(receiver.requests).map(({ messageId }) => messageId)).size).toBe(1)
      expect(new Set(spansOf(receiver.requests).map(({ traceId, spanId }) => traceId + spanId)).size).toBe(1)
    }))
})

describe('offline', () => {
  let place: Place
  beforeAll(() => {
    place = newPlace()
    sawNotice(place)
  })
  afterAll(() => place.remove())

  test('the command ends with 1, and the id is stored', async () => {
    const id = installed(place)
    const { code, forget } = await command(place, toBoth('http://127.0.0.1:9'), 'disable', '--forget')
    const refused = 'network (ECONNREFUSED)'
    expect({ code, forget }).toEqual({
      code: 1,
      forget: [{ id, done: false, delivery: { rudder: refused, otlp: refused } }],
    })
    expect(readdirSync(files(place).forget)).toEqual([`${id}.no-rudder.no-otlp`])
    rmSync(files(place).forget, { recursive: true })
  })
})
