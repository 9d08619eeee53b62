import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { trackEvents } from '../../src/deliver/rudder/mapping.ts'
import { asJson as json, asProtobuf as protobuf, bridgeRun as run } from '../support/bridge.ts'
import { usePlace, useReceiver } from '../support/place.ts'
import { type Running, start } from '../support/program.ts'
import { tracksOf } from '../support/receiver.ts'

/** The bridge as a real process, between a real client and a receiver in the place of Rudder. */

const place = usePlace()
const rudder = useReceiver()
let bridge: Running
let url: string

const command = new URL('../../dist/command/main.js', import.meta.url).pathname

const begin = async (args: readonly string[] = []): Promise<void> => {
  const key = join(place.home, 'key')
  writeFileSync(key, 'the-write-key\n')
  const given = ['bridge', '--listen', '127.0.0.1:0', '--rudder-url', rudder.url, '--write-key-file', key, ...args]
  bridge = start(process.execPath, [command, ...given], place)
  url = (await bridge.matches(/listening on (\S+)/))[1] as string
}

afterEach(() => bridge?.kill('SIGKILL'))

type Run = ReturnType<typeof run>
const eventsOf = ({ resource, spans }: Run) => spans.flatMap((span) => trackEvents(span, resource))

interface Sent {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
}
const asJson = { 'content-type': 'application/json' }
const asProtobuf = { 'content-type': 'application/x-protobuf' }

const send = async (body: Uint8Array | string, headers: Record<string, string> = asJson): Promise<Sent> => {
  const answer = await fetch(url, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> })
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
}
/** Without what is the bridge's own: its version, and the time. */
const comparable = (event: object): object =>
  JSON.parse(JSON.stringify({ ...event, sentAt: undefined, context: undefined })) as object
const arrived = () => tracksOf(rudder.requests)

describe('received spans', () => {
  test.each<[string, (spans: Run) => Sent | Promise<Sent>]>([
    ['as JSON', (spans) => send(json(spans))],
    ['as JSON with a charset', (spans) => send(json(spans), { 'content-type': 'application/json; charset=utf-8' })],
    ['as JSON, compressed', (spans) => send(gzipSync(json(spans)), { ...asJson, 'content-encoding': 'gzip' })],
    ['as protobuf', (spans) => send(protobuf(spans), asProtobuf)],
    [
      'as protobuf, compressed',
      (spans) => send(gzipSync(protobuf(spans)), { ...asProtobuf, 'content-encoding': 'gzip' }),
    ],
    [
      'with ids in capitals',
      (spans) =>
        send(
          json(spans)
            .toString()
            .replaceAll(/"[0-9a-f]{16,32}"/g, (id) => id.toUpperCase()),
        ),
    ],
    [
      'with integers as strings',
      (spans) =>
        send(
          json(spans)
            .toString()
            .replaceAll(/"intValue":(\d+)/g, '"intValue":"$1"'),
        ),
    ],
    [
      'with unknown fields',
      (spans) => send(json(spans).toString().replace('{"resourceSpans"', '{"future":{"a":[1]},"resourceSpans"')),
    ],
  ])('%s become the events that the child makes of them', async (_, sending) => {
    await begin()
    const spans = run()
    expect(await sending(spans)).toMatchObject({ status: 200 })
    expect(arrived().map(comparable)).toEqual(eventsOf(spans).map(comparable))
    expect(rudder.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('the-write-key:').toString('base64')}`)
  })

  test('carry only the place that the collector has set', async () => {
    await begin()
    const spans = run()
    const placed = JSON.parse(json(spans).toString()) as { resourceSpans: { resource: { attributes: object[] } }[] }
    placed.resourceSpans[0]?.resource.attributes.push(
      { key: 'geo.country.iso_code', value: { stringValue: 'DE' } },
      { key: 'geo.locality.name', value: { stringValue: 'Berlin' } },
      { key: 'client.address', value: { stringValue: '10.1.2.3' } },
    )
    expect(await send(JSON.stringify(placed))).toMatchObject({ status: 200, text: '{}' })
    for (const { properties } of arrived()) expect(properties).toMatchObject({ geo_country: 'DE' })
    expect(rudder.requests.map(({ body }) => body).join()).not.toMatch(/Berlin|10\.1\.2\.3/)
  })

  test('are accepted only after RudderStack has accepted them', async () => {
    await begin(['--timeout', '1'])
    rudder.answer = (_, response) => response.writeHead(503).end()
    const spans = run()
    expect(await send(json(spans))).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    rudder.answer = (_, response) => response.writeHead(429, { 'retry-after': '7' }).end()
    expect(await send(json(spans))).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
    rudder.answer = (_, response) => response.writeHead(401).end()
    expect(await send(protobuf(spans), asProtobuf)).toMatchObject({ status: 503 })
    rudder.answer = (_, response) => response.writeHead(200).end('<html>log in</html>')
    expect(await send(json(spans))).toMatchObject({ status: 503 })
    rudder.answer = (_, response) => response.socket?.destroy()
    expect(await send(json(spans))).toMatchObject({ status: 503 })
    rudder.answer = (_, response) => response.end('ok')
    expect(await send(json(spans))).toMatchObject({ status: 200 })
  })

  test('that are partly foreign are accepted in part, and the answer counts the others', async () => {
    await begin()
    const spans = run()
    const mixed = JSON.parse(json(spans).toString()) as { resourceSpans: { scopeSpans: { spans: object[] }[] }[] }
    mixed.resourceSpans[0]?.scopeSpans[0]?.spans.push({
      ...mixed.resourceSpans[0].scopeSpans[0].spans.at(-1),
      traceId: 'no',
    })
    mixed.resourceSpans[0]?.scopeSpans.push({ scope: { name: 'http' }, spans: [{ name: 'GET secret' }] } as never)
    const { status, text } = await send(JSON.stringify(mixed))
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ partialSuccess: { rejectedSpans: '2' } })
    expect(arrived()).toHaveLength(eventsOf(spans).length)
  })

  test('are accepted without the one that RudderStack refuses', async () => {
    await begin()
    const spans = run()
    rudder.answer = ({ body }, response) =>
      body.includes('"policy run"') ? response.writeHead(400).end('invalid') : response.end('ok')
    const { status, text } = await send(json(spans))
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ partialSuccess: { rejectedSpans: '1' } })
    rudder.answer = (_, response) => response.writeHead(400).end('invalid')
    expect(await send(json(spans))).toMatchObject({ status: 400 })
  })
})

describe('a RudderStack that accepts less at once, or nothing', () => {
  test.each([413, 429])(
    'events are sent one by one after %i for more than one, and the next request begins so',
    async (code) => {
      await begin()
      rudder.answer = (request, response) =>
        tracksOf([request]).length > 1 ? response.writeHead(code).end() : response.end('ok')
      expect(await send(json(run()))).toMatchObject({ status: 200, text: '{}' })
      rudder.requests.length = 0
      expect(await send(json(run()))).toMatchObject({ status: 200 })
      expect(tracksOf(rudder.requests.slice(0, 1))).toHaveLength(1)
    },
  )

  test.each([400, 413])('%i to everything is no fault of the spans: the collector keeps them', async (code) => {
    await begin()
    rudder.answer = (_, response) => response.writeHead(code).end()
    for (let time = 0; time < 3; time++) expect(await send(json(run()))).toMatchObject({ status: 503 })
    rudder.answer = (_, response) => response.end('ok')
    expect(await send(json(run()))).toMatchObject({ status: 200 })
  })
})

describe('a request that can never be accepted', () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000))
  const deep = `{"resourceSpans":${'['.repeat(500_000)}${']'.repeat(500_000)}}`
  const million = JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: Array.from({ length: 150_000 }, (_, n) => ({ key: `k${n}`, value: {} })) },
        scopeSpans: [],
      },
    ],
  })
  const secret = 'a-secret-in-the-body'

  test.each<[string, number, string | Uint8Array, Record<string, string>]>([
    ['nothing at all', 400, '', asJson],
    ['no spans', 200, '{}', asJson],
    ['no spans in protobuf', 200, new Uint8Array(), asProtobuf],
    ['no resource', 400, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: secret }] }] }] }), asJson],
    ['torn JSON', 400, `{"resourceSpans":[{"${secret}`, asJson],
    ['an array', 400, `["${secret}"]`, asJson],
    ['a text', 400, `"${secret}"`, asJson],
    ['null', 400, 'null', asJson],
    ['nulls everywhere', 200, '{"resourceSpans":[null,{"scopeSpans":[null,{"spans":null}]}]}', asJson],
    ['JSON that says it is protobuf', 400, `{"${secret}":1}`, asProtobuf],
    ['torn protobuf', 400, Uint8Array.from([10, 200, 1, 10]), asProtobuf],
    ['a form', 415, secret, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type', 415, Buffer.from(secret), {}],
    ...['constructor', '__proto__', 'toString', 'hasOwnProperty'].map(
      (type): [string, number, string, Record<string, string>] => [
        `the type ${type}`,
        415,
        secret,
        { 'content-type': type },
      ],
    ),
    ['an encoding that is none', 415, secret, { ...asJson, 'content-encoding': 'br' }],
    ['gzip that is none', 400, secret, { ...asJson, 'content-encoding': 'gzip' }],
    ['a bomb of gzip', 413, bomb, { ...asJson, 'content-encoding': 'gzip' }],
    ['a body of 100 MB', 413, Buffer.alloc(100_000_000, 32), asJson],
    ['deep nesting', 200, deep, asJson],
    ['more attributes than anybody has', 413, million, asJson],
  ])('%s is answered with %i, said without the body, and survived', async (_, status, body, headers) => {
    await begin(['--max-body', '2'])
    const answer = await send(body, headers).catch(() => undefined)
    // A server may close the connection on a body that is too large before the client has sent it.
    if (answer || status !== 413) expect(answer?.status).toBe(status)
    expect(await send(json(run()))).toMatchObject({ status: 200 })
    bridge.kill('SIGTERM')
    const { stderr, code } = await bridge.ended
    expect(code).toBe(0)
    expect(stderr).not.toContain(secret)
    if (status !== 200) expect(stderr).toMatch(new RegExp(`^cq-telemetry bridge: ${status}: .+$`, 'm'))
  })

  test('is bounded even without a declared length', async () => {
    await begin(['--max-body', '1'])
    const status = await new Promise((resolve) => {
      const request = httpRequest(url, { method: 'POST', headers: asJson, agent: new Agent() }, (response) =>
        resolve(response.statusCode),
      )
      request.on('error', () => resolve(413))
      for (let megabytes = 0; megabytes < 3; megabytes++) request.write(Buffer.alloc(1_000_000, 32))
      request.end()
    })
    expect(status).toBe(413)
    expect(await send('{}')).toMatchObject({ status: 200 })
  })

  test.each([
    ['GET', '/v1/traces', 405],
    ['POST', '/v1/logs', 404],
    ['GET', '/', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    await begin()
    expect((await fetch(new URL(path, url), { method })).status).toBe(status)
  })
})

describe('the process', () => {
  test('shows its state in counts', async () => {
    await begin()
    await send(json(run()))
    await send('[')
    const health = await fetch(new URL('/health', url))
    expect(health.status).toBe(200)
    expect(await health.json()).toEqual({ status: 'ok', requests: 2, spans: 6, events: 3, notTaken: 1 })
  })

  test('asks clients to retry if there are too many requests', async () => {
    await begin(['--max-concurrent', '2'])
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    rudder.answer = (_, response) => void held.then(() => response.end('ok'))
    const first = [send(json(run())), send(json(run()))]
    while (rudder.requests.length < 2) await sleep(10)
    expect(await send(json(run()))).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    release()
    for (const each of await Promise.all(first)) expect(each.status).toBe(200)
  })

  test('ends although connections without a complete request are open', async () => {
    await begin()
    const { hostname, port } = new URL(url)
    const texts = [
      '',
      'POST /v1/traces HTTP/1.1\r\n',
      'POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n[',
    ]
    const sockets = texts.map((text) => {
      const socket = connect(Number(port), hostname).on('error', () => undefined)
      socket.write(text)
      return socket
    })
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    // The connections are older than this request.
    await send(json(run()))
    bridge.kill('SIGTERM')
    expect((await bridge.ended).code).toBe(0)
  })

  test('finishes the requests in progress before it ends', async () => {
    await begin()
    rudder.answer = (_, response) => void sleep(400).then(() => response.end('ok'))
    const sending = send(json(run()))
    while (rudder.requests.length === 0) await sleep(10)
    bridge.kill('SIGTERM')
    expect((await sending).status).toBe(200)
    expect((await bridge.ended).code).toBe(0)
  })

  test.each([
    [['--listen', 'nowhere'], /--listen must be a host and a port/],
    [['--listen', '192.0.2.1:1'], /cannot listen on 192\.0\.2\.1:1 \(EADDRNOTAVAIL\): choose another with --listen/],
    [['--rudder-url', 'ftp://x'], /--rudder-url must be an http or https URL/],
    [['--write-key-file', '/does/not/exist'], /the file of --write-key-file cannot be read \(ENOENT\)/],
    [['--max-body', 'x'], /--max-body must be a number/],
    [['--max-concurrent', '0'], /--max-concurrent must be a number/],
    [['--timeout', '-1'], /--timeout must be a number/],
    [['--rudder-url', ''], /give --rudder-url/],
  ])('%j is refused, and the option named', async (args, says) => {
    const key = join(place.home, 'key')
    writeFileSync(key, 'the-write-key\n')
    const given = ['bridge', '--rudder-url', rudder.url, '--write-key-file', key, ...args]
    bridge = start(process.execPath, [command, ...given], place)
    const { code, stderr } = await bridge.ended
    expect(code).toBe(args.includes('192.0.2.1:1') ? 1 : 2)
    expect(stderr).toMatch(says)
    expect(stderr).not.toContain('the-write-key')
  })
})
