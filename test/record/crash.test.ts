import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { run, runFixture } from '../support/program.ts'
import { attributesOf, spansOf, tracksOf } from '../support/receiver.ts'
import { record } from '../support/record.ts'
import { deliverRest, files, sawNotice, telemetryDirectory } from '../support/spool.ts'
import { onTerminal, shellWords } from '../support/terminal.ts'
import { saveChoice } from '../../src/consent/choice.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { withinOneDay } from '../support/one-day.ts'

withinOneDay()
const place = usePlace()
const receiver = useReceiver()
beforeEach(() => sawNotice(place))

const crashes = () => tracksOf(receiver.requests).filter(({ event }) => event === 'crash')

/** A host in a package of its own, in the place, whose code throws. */
const runHost = async (body: string, more = '') => {
  const directory = join(place.cwd, 'node_modules/secret-tool/dist')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, '../package.json'), '{"name":"secret-tool","type":"module"}')
  const file = join(directory, 'main.js')
  const entry = new URL('../../dist/index.js', import.meta.url).pathname
  writeFileSync(
    file,
    `import { instrument } from ${JSON.stringify(entry)}
const telemetry = instrument({
  app: { name: 'cloudquery', version: '1.2.3' },
  rudder: { writeKey: 'key', dataPlaneUrl: process.env.RUDDER_URL },
  otlp: { endpoint: process.env.RUDDER_URL },
  publicNames: { operations: ['work']${more} },
  sendInDevelopment: true,
  delivery: 'manual',
})
${body}
`,
  )
  const ended = await run(process.execPath, [file], place, { RUDDER_URL: receiver.url })
  await deliverRest(place, receiver.url)
  return ended
}

const declared = ", packages: ['secret-tool']"

describe('a report', () => {
  test('has the class, the operation and the place in a declared package, but no message and no path', async () => {
    const { code, stderr } = await runHost(
      `function computeSecret() { throw new RangeError('the secret message at /home/me') }
await telemetry.operation('work', async () => computeSecret())`,
      declared,
    )
    expect(code).toBe(1)
    expect(stderr).toContain('RangeError: the secret message')
    const [{ properties } = { properties: {} as Record<string, unknown> }, ...more] = crashes()
    expect(more).toEqual([])
    expect(properties).toMatchObject({
      crash_kind: 'operation',
      operation: 'work',
      error_type: 'RangeError',
      error_class: 'internal',
      crash_fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    })
    expect((properties['crash_frames'] as string[])[0]).toMatch(/^secret-tool\/dist\/main\.js:10:\d+$/)
    const everything = receiver.requests.map(({ body }) => body).join('\n')
    for (const secret of ['secret message', 'computeSecret', '/home/me', place.cwd])
      expect(everything).not.toContain(secret)
  })

  test('is a span with an exception event according to the conventions', async () => {
    await runHost(`setTimeout(() => { throw new TypeError('secret') }, 1)`, declared)
    const span = spansOf(receiver.requests).find(({ name }) => name === 'crash')
    const [event] = (span?.events ?? []) as {
      name: string
      attributes: { key: string; value: Record<string, unknown> }[]
    }[]
    expect(event?.name).toBe('exception')
    expect(attributesOf(event as never)).toEqual({
      'exception.type': 'TypeError',
      'exception.stacktrace': expect.stringMatching(
        /^ {4}at secret-tool\/dist\/main\.js:10:\d+\n {4}at node:internal\/timers:\d+:\d+/,
      ) as string,
    })
  })

  test('names no package that is not declared', async () => {
    await runHost(`throw new TypeError('secret')`)
    expect(JSON.stringify(crashes())).not.toContain('secret-tool')
    expect(crashes()[0]?.properties['crash_frames']).toContain('_OTHER')
  })

  test('is made once per crash, although the operation and the run end with it', async () => {
    await runHost(`await telemetry.operation('work', async () => { throw new TypeError('secret') })`)
    expect(crashes().map(({ properties }) => properties['crash_kind'])).toEqual(['operation'])
  })

  test.each(['"a secret text"', 'undefined', 'null', '42', 'Symbol("secret")', '() => 1', '{ message: "secret" }'])(
    'is made once of the value %s, although the operation, the one around it and the run end with it',
    async (value) => {
      const fails = `telemetry.operation('work', () => telemetry.operation('work', async () => { throw ${value} }))`
      await runHost(`await ${fails}`)
      // Node makes an error of its own from this one.
      await runHost(`void (async () => { await ${fails} })()`)
      expect(crashes().map(({ properties }) => properties['crash_kind'])).toEqual(['operation', 'operation'])
    },
  )

  test.each(['"one"', '1', 'undefined', 'Symbol("one")', '1n'])(
    'is made of a rejection with another value than the %s that an operation threw before',
    async (value) => {
      const caught = `telemetry.operation('work', async () => { throw ${value} }).catch(() => undefined)`
      await runHost(`await ${caught}; Promise.reject("another")`)
      expect(crashes().map(({ properties }) => properties['crash_kind'])).toEqual(['operation', 'unhandled_rejection'])
    },
  )

  test('is made of an unhandled rejection, even of a string', async () => {
    await runHost(`Promise.reject('a secret string')`)
    const [{ properties } = { properties: {} as Record<string, unknown> }] = crashes()
    expect([properties['crash_kind'], properties['error_type']]).toEqual([
      'unhandled_rejection',
      'ERR_UNHANDLED_REJECTION',
    ])
    expect((properties['crash_frames'] as string[]).every((frame) => frame.startsWith('node:internal/'))).toBe(true)
  })

  test.each([
    ['cancelled', `Object.assign(new Error('no'), { name: 'AbortError' })`],
    ['auth', `Object.assign(new Error('no'), { code: '28P01' })`],
    ['connection', `Object.assign(new Error('no'), { code: 'ECONNREFUSED' })`],
    ['database', `Object.assign(new Error('no'), { code: '42P01' })`],
    ['user', `Object.assign(new Error('no'), { code: 'ENOENT' })`],
  ])("is not made of an error that is the user's affair: %s", async (_, error) => {
    await runHost(`await telemetry.operation('work', async () => { throw ${error} }).catch(() => undefined)`)
    expect(crashes()).toEqual([])
  })

  test("is made once of the process's own fault", async () => {
    await runHost(`telemetry.operation('work', () => process.abort())`)
    expect(
      crashes().map(({ properties }) => [
        properties['crash_kind'],
        properties['operation'],
        properties['crash_frames'],
      ]),
    ).toEqual([['signal', 'work', undefined]])
  })
})

describe('whatever is thrown', () => {
  const cyclic = new Error('cyclic')
  cyclic.cause = cyclic
  const throwing = new Proxy(
    {},
    {
      get: () => {
        throw new Error('secret')
      },
    },
  )
  const hostile: [string, unknown][] = [
    ['a string', 'secret'],
    ['null', null],
    ['undefined', undefined],
    ['a frozen error', Object.freeze(new Error('secret'))],
    ['getters that throw', throwing],
    ['a cyclic cause', cyclic],
    [
      'an AggregateError of a thousand',
      new AggregateError(
        Array.from({ length: 1_000 }, () => new TypeError('secret')),
        'secret',
      ),
    ],
    ['a message of 100 MB', new Error('s'.repeat(100_000_000))],
    [
      'a list of errors that throws',
      {
        errors: new Proxy([], {
          get: () => {
            throw new Error('secret')
          },
        }),
      },
    ],
    ['a stack that is none', Object.assign(new Error('x'), { stack: 42 })],
    ['a name that is a path', Object.assign(new Error('x'), { name: '/home/me/secret' })],
  ]
  test.each(hostile)('%s makes a report that quotes nothing of it', (_, error) => {
    const recorded = record()
    recorded.uncaught(error, 'uncaught')
    recorded.end(1)
    const { attributes } = recorded.spanOf('crash')
    expect(attributes['cq.crash.kind']).toBe('uncaught')
    expect(JSON.stringify(recorded.spans)).not.toContain('secret')
    expect(((attributes['cq.crash.causes'] ?? []) as string[]).length).toBeLessThanOrEqual(8)
  })
})

describe('a crash loop', () => {
  const loop = async (times: number) => {
    const env = { CQ_RUDDER_WRITE_KEY: 'key', CQ_RUDDER_URL: receiver.url, DELIVERY: 'manual' }
    for (let started = 0; started < times; started += 20) {
      await Promise.all(
        Array.from({ length: Math.min(20, times - started) }, () => runFixture('crash.mjs', place, env)),
      )
    }
  }
  const counted = () => files(place).crashes

  test('sends five reports per fingerprint and day, and counts the rest exactly', async () => {
    await loop(60)
    await deliverRest(place, receiver.url)
    expect(crashes()).toHaveLength(5)
    expect(new Set(crashes().map(({ properties }) => properties['crash_fingerprint'])).size).toBe(1)
    // The next day.
    for (const name of readdirSync(counted())) {
      renameSync(join(counted(), name), join(counted(), name.replace(/^\d{4}-\d\d-\d\d/, '2026-01-01')))
    }
    await loop(1)
    await deliverRest(place, receiver.url)
    const lost = tracksOf(receiver.requests).filter(({ event }) => event === 'delivery')
    expect(lost.map(({ properties }) => properties['lost_suppressed'])).toEqual([55])
    expect(readdirSync(counted()).filter((name) => name.startsWith('2026-01-01'))).toEqual([])
  })

  test('is forgotten when the user opts out', async () => {
    await loop(7)
    execFileSync(process.execPath, [new URL('../../dist/command/main.js', import.meta.url).pathname, 'disable'], {
      env: { HOME: place.home, PATH: process.env['PATH'] },
    })
    expect(readdirSync(counted())).toEqual([])
  })
})

describe('a report that waits', () => {
  const env = () => ({
    CQ_RUDDER_URL: receiver.url,
    CQ_RUDDER_WRITE_KEY: 'the-write-key',
    RUDDER_URL: receiver.url,
    DELIVERY: 'manual',
  })
  const says = 'A crash report of an earlier run waits to be sent: "npx cq-telemetry view --spool" shows it'
  const words = shellWords(process.execPath, [new URL('../fixtures/fetch.mjs', import.meta.url).pathname])

  test('is announced once, by the next run on a terminal', async () => {
    await runFixture('crash.mjs', place, env())
    expect((await runFixture('fetch.mjs', place, env())).stderr).not.toContain(says)
    expect((await onTerminal(words, place, env())).stdout).toContain(says)
    expect((await onTerminal(words, place, env())).stdout).not.toContain(says)
  })

  test('is not announced after it was sent or dropped, or the user has opted out', async () => {
    await runFixture('crash.mjs', place, env())
    await deliverRest(place, receiver.url)
    expect((await onTerminal(words, place, env())).stdout).not.toContain(says)
    await runFixture('crash.mjs', place, env())
    saveChoice(files(place), 'disabled', [])
    expect(readdirSync(telemetryDirectory(place))).not.toContain('crashed')
  })
})
