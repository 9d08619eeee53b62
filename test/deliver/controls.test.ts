import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { saveChoice } from '../../src/consent/choice.ts'
import { keep, readKept } from '../../src/controls/kept.ts'
import { controlsOf, keys, newKeys, signedFile } from '../support/controls.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { newPlace, type Place, runFixture } from '../support/program.ts'
import { type Answer, attributesOf, type Receiver, spansOf, startReceiver, wellAnswer } from '../support/receiver.ts'
import { afterPause, files, jobFor, runChild, sawNotice, spooled, startChild } from '../support/spool.ts'

/** A publisher's control file on a real server, which the real child asks for. */

const controlsAt = (url: string) => ({ url: `${url}/controls`, publicKey: keys.publicKey })
const jobWith = (place: Place, url: string) =>
  jobFor(place, url, { controls: { ...controlsAt(url), app: { name: 'cloudquery', version: '1.2.3' } } })

const asked = ({ requests }: Receiver) => requests.filter(({ path }) => path === '/controls')
const runOf = (place: Place, { url }: Receiver, env: NodeJS.ProcessEnv = {}) =>
  runFixture('controlled.mjs', place, { OTLP_URL: url, CONTROLS: JSON.stringify(controlsAt(url)), ...env })

const withFile =
  (answer: Answer): Answer =>
  (request, response) =>
    request.path === '/controls' ? answer(request, response) : wellAnswer(request, response)
const text = (file: string, status = 200) => withFile((_, response) => void response.writeHead(status).end(file))

const before = controlsOf([{ sampleRate: { test: 0 } }])
const day = 86_400_000

describe('the controls in force stay after an answer', () => {
  const later = { signed: '2026-12-01T00:00:00.000Z' }
  const stopAll = signedFile([{ stop: 'all' }], later)
  const rows: readonly (readonly [string, Answer, string])[] = [
    ['404', text('', 404), 'status 404'],
    ['500 with a file', text(stopAll, 500), 'status 500'],
    ['204', text('', 204), 'status 204'],
    [
      'a redirection',
      withFile((_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()),
      'status 302',
    ],
    ['an empty file', text(''), 'its signature is wrong'],
    ['a page', text('<html>Welcome to the hotel</html>\n'), 'its signature is wrong'],
    ['an edited file', text(stopAll.replace('all', 'usage')), 'its signature is wrong'],
    ['a file of another key', text(signedFile([{ stop: 'all' }], later, newKeys())), 'its signature is wrong'],
    [
      'a file for another tool',
      text(signedFile([{ stop: 'all' }], { ...later, tool: 'other' })),
      'it is for another tool',
    ],
    ['a file of another form', text(signedFile([null as never], later)), 'it is not a control file'],
    [
      'an older file',
      text(signedFile([{ stop: 'all' }], { signed: '2026-11-01T00:00:00.000Z' })),
      'it is older than the one in force',
    ],
    ['a file without an end', withFile((_, response) => void response.write('x'.repeat(70_000))), 'it is too large'],
    ['a closed connection', withFile((_, response) => void response.destroy()), 'ECONNRESET'],
    ['silence', withFile(() => undefined), 'timeout'],
  ]
  const found: Record<string, { answer?: string; controls?: unknown; sent: number; left: number }> = {}

  const tryOne = async (answer: Answer) => {
    const receiver = await startReceiver(answer)
    const place = newPlace()
    sawNotice(place)
    keep(files(place).controls, { asked: Date.now() - day, answer: 'ok', controls: before })
    await runOf(place, receiver, { DELIVERY: 'manual' })
    await runChild(jobWith(place, receiver.url))
    const kept = readKept(files(place).controls)
    const operations = spansOf(receiver.requests).filter((span) => attributesOf(span)['cq.span.type'] === 'operation')
    const result = { ...kept, sent: operations.length, left: spooled(place).length }
    await receiver.close()
    place.remove()
    return result
  }

  beforeAll(async () => {
    for (let from = 0; from < rows.length; from += 4)
      await Promise.all(
        rows.slice(from, from + 4).map(async ([name, answer]) => {
          found[name] = await tryOne(answer)
        }),
      )
  }, 120_000)

  test.each(rows)('of %s, and what waits is sent', (name, _, answer) => {
    // Of the two operations one was stopped when it was recorded.
    expect(found[name]).toMatchObject({ answer, controls: before, sent: 1, left: 0 })
  })
})

describe('one installation', () => {
  const place = usePlace()
  const receiver = useReceiver()
  const types = () => spansOf(receiver.requests).map((span) => attributesOf(span)['cq.span.type'])

  test('requests the file once a day, without a body or an id, and again if the clock was wrong', async () => {
    sawNotice(place)
    receiver.answer = text(signedFile([]))
    for (const [at, times] of [
      [0, 1],
      [Date.now() - day / 2, 1],
      [Date.now() - day, 2],
      [Date.now() + day, 3],
    ] as const) {
      const kept = readKept(files(place).controls)
      if (kept) keep(files(place).controls, { ...kept, asked: at })
      await runChild(jobWith(place, receiver.url))
      await runChild(jobWith(place, receiver.url))
      expect(asked(receiver)).toHaveLength(times)
    }
    const [{ method, body, headers } = {}] = asked(receiver)
    expect({ method, body, headers: Object.keys(headers ?? {}).sort() }).toEqual({
      method: 'GET',
      body: '',
      headers: ['connection', 'host'],
    })
  })

  test.each([
    ['an hour ago', 'two hours ago', 'it is older than the one in force', -3_600_000, -7_200_000],
    ['in the future, by a wrong clock', 'now', 'ok', 3_600_000, -1],
    [
      'in two hours, as a clock that is behind has it',
      'in an hour',
      'it is older than the one in force',
      7_200_000,
      3_600_000,
    ],
  ])('that keeps a file signed %s says of one signed %s: %s', async (_, __, answer, before, next) => {
    sawNotice(place)
    const signed = (at: number) => new Date(Date.now() + at).toISOString()
    keep(files(place).controls, { asked: 0, answer: 'ok', controls: controlsOf([], { signed: signed(before) }) })
    receiver.answer = text(signedFile([{ stop: 'all' }], { signed: signed(next) }))
    await runChild(jobWith(place, receiver.url))
    expect(readKept(files(place).controls)).toMatchObject({
      answer,
      controls: { rules: answer === 'ok' ? [{ stop: 'all' }] : [] },
    })
  })

  test('stores nothing after a no that comes during the request', async () => {
    sawNotice(place)
    receiver.answer = withFile((_, response) => {
      saveChoice(files(place), 'disabled', [])
      response.end(signedFile([{ stop: 'all' }]))
    })
    await runChild(jobWith(place, receiver.url))
    expect(asked(receiver)).toHaveLength(1)
    expect(existsSync(files(place).controls)).toBe(false)
  })

  test('requests nothing before a yes or after a no', async () => {
    await runChild(jobWith(place, receiver.url))
    sawNotice(place)
    saveChoice(files(place), 'disabled', [])
    await runChild(jobWith(place, receiver.url))
    expect(receiver.requests).toEqual([])
    expect(existsSync(files(place).controls)).toBe(false)
  })

  test.each([
    ['all', []],
    ['usage', ['crash']],
    ['crashes', ['operation', 'operation', 'run']],
  ] as const)('that is to stop %s sends %j of what waits and of the next run', async (stop, expected) => {
    sawNotice(place)
    receiver.answer = text(signedFile([{ stop, versions: ['<1.3.0'] }]))
    await runOf(place, receiver, { END: 'crash' })
    expect(types().sort()).toEqual(expected)
    afterPause(place)
    await runOf(place, receiver, { END: 'crash', DELIVERY: 'manual' })
    expect(spooled(place)).toHaveLength(stop === 'all' ? 0 : 1)
    await runChild(jobWith(place, receiver.url))
    expect(types().sort()).toEqual([...expected, ...expected].sort())
  })

  test('that is stopped learns within a day when it is allowed again, and a newer version is never stopped', async () => {
    sawNotice(place)
    receiver.answer = text(signedFile([{ stop: 'all', versions: ['1.2.3'] }]))
    await runOf(place, receiver)
    expect(types()).toEqual([])
    await runOf(place, receiver, { VERSION: '1.2.4' })
    expect(types().sort()).toEqual(['operation', 'operation', 'run'])

    receiver.requests.length = 0
    receiver.answer = text(signedFile([], { signed: '2026-11-03T00:00:00.000Z' }))
    const { controls } = readKept(files(place).controls) ?? {}
    keep(files(place).controls, { asked: Date.now() - day, answer: 'ok', controls })
    await runOf(place, receiver)
    // A command that has recorded nothing does not wait for the child.
    const { signed } = controlsOf([])
    await vi.waitUntil(() => (readKept(files(place).controls)?.controls?.signed ?? signed) !== signed, 60_000)
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/controls'])
    await runOf(place, receiver)
    expect(types().sort()).toEqual(['operation', 'operation', 'run'])
  })

  test('whose child is killed during the request sends everything with the next child, which makes no request', async () => {
    sawNotice(place)
    await runOf(place, receiver, { DELIVERY: 'manual' })
    receiver.answer = withFile(() => undefined)
    const child = startChild(jobWith(place, receiver.url))
    while (asked(receiver).length === 0) await sleep(10)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(readKept(files(place).controls)).toMatchObject({ answer: 'no answer' })
    await runChild(jobWith(place, receiver.url))
    expect(asked(receiver)).toHaveLength(1)
    expect(types().sort()).toEqual(['operation', 'operation', 'run'])
  })

  test('sends nothing more and to no other place, whatever a signed file contains', async () => {
    const elsewhere = await startReceiver()
    sawNotice(place)
    const demands = {
      endpoint: elsewhere.url,
      otlp: { endpoint: elsewhere.url },
      sampleRate: 1,
      attributes: { host: 'string' },
      identity: 'hashes',
      publicNames: { operations: ['secret'] },
    }
    await runOf(place, receiver, { DELIVERY: 'manual' })
    receiver.answer = text(signedFile([demands as never], demands as never))
    await runChild(jobWith(place, receiver.url))
    expect(readKept(files(place).controls)?.answer).toBe('ok')
    await runOf(place, receiver, { DELIVERY: 'manual' })
    await runChild(jobWith(place, receiver.url))
    const [first, second] = [types().slice(0, 3), types().slice(3)]
    expect(second).toEqual(first)
    const keysOf = (from: number, to: number) =>
      spansOf(receiver.requests)
        .slice(from, to)
        .map((span) => Object.keys(attributesOf(span)).sort())
    expect(keysOf(3, 6)).toEqual(keysOf(0, 3))
    expect(elsewhere.requests).toEqual([])
    await elsewhere.close()
  })
})
